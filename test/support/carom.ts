/**
 * Runs the built `carom` command as a user does: a process of its own, arguments, signals, output.
 * Needs the build (`pnpm build`); nothing of the command is imported here.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

/** How a process ended. */
export interface Finished {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Processes that have not ended; a test that fails leaves some behind. */
const living = new Set<ChildProcess>();

/** Ends what is left of a test. */
export function endAll(): void {
  for (const child of living) child.kill("SIGKILL");
}

/** A process that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it has printed so far. */
  stdout(): string;
  /** Waits until its standard output matches; fails if it ends before that. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>;
}

/** Starts the command in a folder. `env` is added to the environment. */
export function startCarom(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  living.add(child);
  child.on("close", () => living.delete(child));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const printed = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(stdout);
        if (match === null) return;
        child.stdout.off("data", look);
        resolve(match);
      };
      child.stdout.on("data", look);
      look();
      finished.then(() => {
        look();
        reject(new Error(`carom ended without printing ${pattern}:\n${stdout}\n${stderr}`));
      }, reject);
    });
  return { child, finished, printed, stdout: () => stdout };
}

/** Runs the command to its end. */
export function carom(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return startCarom(args, cwd, env).finished;
}

/** A temporary folder, and the function that removes it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "carom-cli-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Names of a run's complete checkpoints, oldest first. */
export function checkpointNames(run: string): string[] {
  const folder = join(run, "checkpoints");
  return readdirSync(folder)
    .filter((name) => name.startsWith("step-"))
    .sort((a, b) => stepOf(a) - stepOf(b));
}

/** The env step in a checkpoint's name. */
export function stepOf(name: string): number {
  return Number.parseInt(name.slice("step-".length), 10);
}

/** SHA-256 of each safetensors file of a run's newest checkpoint, and its name. */
export function newestHashes(run: string): Record<string, string> {
  const name = checkpointNames(run).at(-1) ?? "";
  const folder = join(run, "checkpoints", name);
  const hashes: Record<string, string> = { checkpoint: name };
  for (const file of readdirSync(folder).filter((one) => one.endsWith(".safetensors"))) {
    hashes[file] = createHash("sha256")
      .update(readFileSync(join(folder, file)))
      .digest("hex");
  }
  return hashes;
}
