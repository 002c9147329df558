/**
 * Builds what a command needs through turbo: silent when everything is cached, one line of progress when not, and the
 * log of the failed task only when one fails.
 *
 * A task that ends with code 2 has printed one sentence for the user after `carom: ` (native/scripts/build.mjs does,
 * where CMake or a compiler is missing); then that sentence is all that is shown.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the workspace. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const oldestNode = [20, 19];

/** Ends the process with one sentence and code 2 where Node is too old for what follows. */
export function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  const needed = oldestNode.join(".");
  stop(
    `Carom needs Node ${needed} or newer (this is ${process.versions.node}): https://nodejs.org`,
  );
}

/**
 * Builds the named packages and all they need; all packages when none is named. Ends the process when it fails.
 * @param {string[]} packages
 */
export async function build(packages) {
  const turbo = join(root, "node_modules", "turbo", "bin", "turbo");
  if (!existsSync(turbo)) {
    stop("Carom's dependencies are not installed here: run `npx -y pnpm@10 install` first.");
  }
  const filters = packages.map((name) => `--filter=${name}`);
  const args = ["run", "build", ...filters, "--output-logs=new-only", "--log-order=stream"];
  const progress = startProgress();
  const { code, output } = await runTurbo(turbo, args, progress.line);
  if (code !== 0) {
    progress.end("");
    fail(code, output);
  }
  progress.end("Built");
}

function runTurbo(turbo, args, onLine) {
  const child = spawn(process.execPath, [turbo, ...args], {
    cwd: root,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const interrupt = (signal) => {
    child.kill(signal);
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  let output = "";
  let rest = "";
  const take = (chunk) => {
    output += chunk;
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) onLine(line);
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Tells on stderr that something is built, once the first task starts that is not cached. */
function startProgress() {
  const started = performance.now();
  const isTerminal = process.stderr.isTTY === true;
  const running = new Set();
  let shown = false;
  let timer;
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  const draw = () => {
    const names = [...running].join(", ");
    process.stderr.write(`\r\x1b[2KBuilding ${names} (${seconds()})`.slice(0, 78));
  };
  const line = (text) => {
    const name = /^(\S+):build(?::native)?: cache miss, executing/.exec(text)?.[1];
    if (!name) return;
    running.add(name);
    if (!shown && !isTerminal) process.stderr.write("Building Carom (this is kept) ...\n");
    if (!shown && isTerminal) timer = setInterval(draw, 500);
    shown = true;
    if (isTerminal) draw();
  };
  const end = (word) => {
    clearInterval(timer);
    if (!shown) return;
    if (isTerminal) process.stderr.write("\r\x1b[2K");
    if (word) process.stderr.write(`${word} in ${seconds()}\n`);
  };
  return { line, end };
}

function fail(code, output) {
  const lines = output.split("\n").map((line) => line.trimEnd());
  const sentence = lines.map((line) => /(?:^|: )carom: (.*)$/.exec(line)?.[1]).find(Boolean);
  if (sentence) stop(sentence);
  const failed = /^Failed:\s+(.*)$/m.exec(output)?.[1].split(/,\s*/) ?? [];
  const prefixes = failed.map((task) => `${task.trim().replace("#", ":")}: `);
  const own = lines.flatMap((line) => {
    const prefix = prefixes.find((one) => line.startsWith(one));
    return prefix ? [line.slice(prefix.length)] : [];
  });
  process.stderr.write(`${(own.length > 0 ? own : lines).join("\n")}\n`);
  process.stderr.write(`The build failed${failed.length > 0 ? ` in ${failed.join(", ")}` : ""}.\n`);
  process.exit(code);
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
