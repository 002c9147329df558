/**
 * How the suites can run on CUDA on this machine: on a GPU where there is one and the CUDA library is built, else on
 * the emulated GPU that `pnpm test` builds beside the C++ tests, else not at all.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./build.mjs";

/** Where a process that has decided leaves it to those that it starts. */
const decided = "CAROM_CUDA_TESTED_ON";

/**
 * @typedef {object} CudaTested
 * @property {string} [library] The CUDA library that the suites open.
 * @property {string} [problem] Why there is none, in one sentence.
 */

/**
 * Decides once; processes started from here on take the same decision.
 * @returns {CudaTested}
 */
export function cudaTested() {
  const known = process.env[decided];
  if (known !== undefined) return JSON.parse(known);
  const found = decide();
  process.env[decided] = JSON.stringify(found);
  return found;
}

/** Whether {@link cudaTested} was asked before, here or in the process that started this one. */
export function cudaWasDecided() {
  return process.env[decided] !== undefined;
}

/** @returns {CudaTested} */
function decide() {
  if (process.env.CAROM_CUDA === "off") return { problem: "CAROM_CUDA=off" };
  const emulated = join(root, "native/build/emulated/libcarom_cuda_emulated.so");
  const named = process.env.CAROM_CUDA_LIBRARY;
  const libraries = named ? [named] : [join(root, "native/build-cuda/libcarom_cuda.so"), emulated];
  let problem = `there is neither a CUDA library nor an emulated GPU: \`pnpm test\` without a word builds ${emulated}`;
  for (const library of libraries.filter((path) => existsSync(path))) {
    const reason = problemOf(library);
    if (reason === undefined) return { library };
    problem = `${library} cannot be used: ${reason}`;
  }
  return { problem };
}

/**
 * What hinders the library; undefined if nothing does. In a process of its own, which takes the GPU's memory with it.
 * @param {string} library
 * @returns {string | undefined}
 */
function problemOf(library) {
  const native = pathToFileURL(join(root, "native/index.js")).href;
  const program = `import { inspectCuda } from ${JSON.stringify(native)};
    console.log(JSON.stringify(inspectCuda().problem ?? ""));`;
  const inspected = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
    env: { ...process.env, CAROM_CUDA_LIBRARY: library },
  });
  if (inspected.status !== 0) return inspected.stderr.trim().split("\n").at(-1) || "it crashes";
  return JSON.parse(inspected.stdout) || undefined;
}
