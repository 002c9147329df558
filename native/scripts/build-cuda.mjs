// Builds build-cuda/libcarom_cuda.so with NVIDIA's compiler, every warning an error; what CMake says is in
// build-cuda/build.log. Says in one sentence what is missing when there is no compiler (exit code 2).
//
//   CAROM_CUDA_COMPILER       path of nvcc; else see findCudaCompiler
//   CAROM_CUDA_ARCHITECTURES  native (default), all, or as CMake spells them: "86;90-real"; see cudaArchitectures
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cudaArchitectures, findCudaCompiler, missingCompiler } from "./cuda-tools.mjs";
import { missingTools } from "./tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "build-cuda");
/** Memory that one file's compilation may take. */
const bytesPerJob = 2 ** 31;

const compiler = findCudaCompiler();
const missing = missingCompiler(compiler) ?? missingTools();
if (missing !== undefined) {
  console.error(missing);
  process.exit(2);
}

/** CMake keeps the compiler that it began with, and refuses a folder that was moved. */
function forgetOtherBuild() {
  let cache = "";
  try {
    cache = readFileSync(join(folder, "CMakeCache.txt"), "utf8");
  } catch {
    return; // there was no build
  }
  const kept = (name) => new RegExp(`^${name}:[A-Z]+=(.*)$`, "m").exec(cache)?.[1];
  const same =
    kept("CMAKE_CUDA_COMPILER") === compiler.path &&
    kept("CMAKE_HOME_DIRECTORY") === join(root, "cuda");
  if (!same) rmSync(folder, { recursive: true });
}

function jobs() {
  if (process.env.CMAKE_BUILD_PARALLEL_LEVEL) return []; // CMake reads it itself
  const fitting = Math.floor(totalmem() / bytesPerJob);
  return ["--parallel", String(Math.max(1, Math.min(availableParallelism(), fitting)))];
}

const architectures = cudaArchitectures();
const started = performance.now();
forgetOtherBuild();
mkdirSync(folder, { recursive: true });
let log = `architectures ${architectures}, ${compiler.path} (CUDA ${compiler.version}, from ${compiler.from})\n`;
const configure = [
  `-DCMAKE_CUDA_COMPILER=${compiler.path}`,
  `-DCMAKE_CUDA_ARCHITECTURES=${architectures}`,
];
for (const words of [
  ["-S", "cuda", "-B", "build-cuda", ...configure],
  ["--build", "build-cuda", ...jobs()],
]) {
  const { status, stdout, stderr } = spawnSync("cmake", words, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  log += `${stdout ?? ""}${stderr ?? ""}`;
  writeFileSync(join(folder, "build.log"), log);
  if (status === 0) continue;
  process.stderr.write(log);
  console.error("@carom/native: the build of the CUDA library failed; the messages are above.");
  process.exit(1);
}
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `@carom/native: built build-cuda/libcarom_cuda.so for ${architectures} in ${seconds} s`,
);
