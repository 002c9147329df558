/**
 * Builds what a command needs through turbo: silent when everything is cached, one line of progress when not, and the
 * log of the failed task only when one fails.
 *
 * A task that ends with code 2 has said in one sentence what is missing (native/scripts/build.mjs does, where there is no
 * CMake or compiler); then that sentence is all that is shown, and the code is passed on.
 *
 * CAROM_CUDA says whether the CUDA library is built too: auto (where NVIDIA's compiler and driver both are), on, off.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  cudaBuildEnv,
  cudaMode,
  findCudaCompiler,
  findCudaDriver,
  missingCompiler,
} from "../../native/scripts/cuda-tools.mjs";

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

/** What CAROM_CUDA says. Ends the process with one sentence and code 2 where it says nothing that there is. */
export function readCudaMode() {
  try {
    return cudaMode();
  } catch (error) {
    return stop(error.message);
  }
}

/**
 * Builds the named packages and all they need; all packages when none is named. Ends the process when it fails.
 * @param {string[]} packages
 * @param {{ cuda?: "auto" | "on" | "off" }} options whether the CUDA library is built too; default: CAROM_CUDA
 */
export async function build(packages, { cuda = readCudaMode() } = {}) {
  const compiler = cudaCompiler(cuda);
  const filters = packages.map((name) => `--filter=${name}`);
  const progress = startProgress("Building Carom (kept for the next time) ...");
  const { code, output } = await runTurbo(["build", ...filters], progress.line);
  if (code !== 0) {
    progress.end("");
    fail(code, output);
  }
  progress.end("Built");
  if (compiler !== undefined) await buildCuda(compiler, cuda === "on");
}

/** The compiler that the CUDA library is to be built with; undefined where it is not to be built. */
function cudaCompiler(mode) {
  if (mode === "off") return undefined;
  if (mode === "on") {
    const compiler = findCudaCompiler();
    return compiler ?? stop(missingCompiler(compiler));
  }
  if (process.platform !== "linux" || findCudaDriver() === undefined) return undefined;
  return findCudaCompiler();
}

/** Nobody asked for a library that is built because there is a GPU: when that fails, the processor still works. */
async function buildCuda(compiler, isAskedFor) {
  const progress = startProgress("Building the CUDA library, a few minutes this one time ...");
  const words = ["build:cuda", "--filter=@carom/native"];
  const { code, output } = await runTurbo(words, progress.line, cudaBuildEnv(compiler));
  progress.end(code === 0 ? "Built" : "");
  if (code === 0) return;
  if (isAskedFor) fail(code, output);
  const advice = "native/build-cuda/build.log says why, CAROM_CUDA=off leaves it out";
  process.stderr.write(`The CUDA library could not be built, so no GPU is used: ${advice}.\n`);
}

/**
 * Runs a task of the workspace quietly. Resolves to its exit code and what it printed.
 * @param {string} task
 */
export async function runTask(task) {
  const compiler = task === "build:cuda" ? findCudaCompiler() : undefined;
  const env = compiler === undefined ? {} : cudaBuildEnv(compiler);
  const { code, output } = await runTurbo([task], () => {}, env);
  return { code, text: failureOf(output).text };
}

function runTurbo(tasks, onLine, env = {}) {
  const turbo = join(root, "node_modules", "turbo", "bin", "turbo");
  if (!existsSync(turbo)) {
    stop("Carom's dependencies are not installed here: run `npx -y pnpm@10 install` first.");
  }
  const args = ["run", ...tasks, "--output-logs=new-only", "--log-order=stream"];
  const child = spawn(process.execPath, [turbo, ...args], {
    cwd: root,
    env: { ...process.env, ...env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" },
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
function startProgress(text) {
  const started = performance.now();
  const isTerminal = process.stderr.isTTY === true;
  let shown = false;
  let timer;
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  const draw = () => process.stderr.write(`\r${text} ${seconds()}`);
  const line = (output) => {
    if (shown || !output.includes(": cache miss, executing ")) return;
    shown = true;
    if (!isTerminal) process.stderr.write(`${text}\n`);
    else timer = setInterval(draw, 500);
  };
  const end = (word) => {
    clearInterval(timer);
    if (!shown) return;
    if (isTerminal) process.stderr.write("\r\x1b[2K");
    if (word) process.stderr.write(`${word} in ${seconds()}\n`);
  };
  return { line, end };
}

/** Shows what the failed tasks printed. A task that ends with code 2 has said in one sentence what is missing. */
function fail(code, output) {
  const { tasks, text } = failureOf(output);
  if (code === 2) stop(text);
  process.stderr.write(`${text}\n`);
  process.stderr.write(`The build failed${tasks.length > 0 ? ` in ${tasks.join(", ")}` : ""}.\n`);
  process.exit(code);
}

/** The tasks that failed and what they printed, without what turbo and pnpm add; all of it when that is nothing. */
function failureOf(output) {
  const lines = output.split("\n").map((line) => line.trimEnd());
  const tasks = (/^Failed:\s+(.*)$/m.exec(output)?.[1].split(",") ?? []).map((task) => task.trim());
  const prefixes = tasks.map((task) => `${task.replace("#", ":")}: `);
  const printed = lines.flatMap((line) => {
    const prefix = prefixes.find((one) => line.startsWith(one));
    return prefix ? [line.slice(prefix.length)] : [];
  });
  const own = printed.filter((line) => !/^(cache miss|> )|ELIFECYCLE/.test(line));
  const text = (own.some((line) => line !== "") ? own : lines).join("\n");
  return { tasks, text: text.trim() };
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
