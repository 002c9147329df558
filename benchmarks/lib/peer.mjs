/**
 * A peer: another program that runs the same work and is asked, line by line, to do so many steps and say how long they
 * took. Python is CAROM_PYTHON, or python3 if that one can import torch.
 */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The Python with PyTorch, or the sentence that says why there is none. */
export function findTorch() {
  return findPython("torch", "PyTorch");
}

/** The Python with a package, or the sentence that says why there is none. */
export function findPython(module, title = module) {
  const python = process.env.CAROM_PYTHON ?? "python3";
  const script = `import ${module}; print(${module}.__version__)`;
  const found = spawnSync(python, ["-c", script], { encoding: "utf8" });
  if (found.status === 0) return { python, version: found.stdout.trim() };
  const named = process.env.CAROM_PYTHON ? `CAROM_PYTHON=${python}` : "python3";
  return {
    reason: `${title} was not measured: ${named} cannot import ${module}. Set CAROM_PYTHON to a Python that can.`,
  };
}

/** Starts a peer script with its number of threads. */
export async function startPeer(python, script, threads) {
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
  return await converse(python, [path, String(threads)], { OMP_NUM_THREADS: String(threads) });
}

/** Starts a program that greets with one line of JSON and answers each line that it is sent with another. */
export async function converse(program, args, env = {}) {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${program} ended early (exit code ${child.exitCode})`);
    return JSON.parse(value);
  };
  const hello = await read();
  const ask = async (request) => {
    child.stdin.write(`${typeof request === "string" ? request : JSON.stringify(request)}\n`);
    return await read();
  };
  return {
    hello,
    /** Sends one request and resolves to its answer. */
    ask,
    /** Makes a case; resolves to a function that asks it to do something so many times. */
    async setUp(request) {
      await ask({ do: "setup", ...request });
      return (what, count) => ask({ do: what, name: request.name, count });
    },
    close: () => child.stdin.end(),
  };
}

/** Compiles a case with torch.compile: how to run it, or the sentence that says why it cannot be. */
export async function compiledPeer(ask) {
  const { problem } = await ask("compile");
  if (problem) return { problem: `torch.compile does not run here (${problem}).` };
  return { run: async (count) => (await ask("compiled", count)).seconds };
}

/** A typed array as base64, for a request. */
export function encode(array) {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
}
