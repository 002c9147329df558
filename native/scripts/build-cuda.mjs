// Builds build-cuda/libcarom_cuda.so with NVIDIA's compiler, every warning an error. Architectures:
// CAROM_CUDA_ARCHITECTURES, as CMake spells them (default 90). Nothing loads the library yet.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const architectures = process.env.CAROM_CUDA_ARCHITECTURES ?? "90";

if (spawnSync("nvcc", ["--version"]).status !== 0) {
  console.error(
    "@carom/native: no CUDA compiler (nvcc is not on the PATH); set CAROM_CUDA=off to go without.",
  );
  process.exit(2);
}
for (const words of [
  ["-S", "cuda", "-B", "build-cuda", `-DCMAKE_CUDA_ARCHITECTURES=${architectures}`],
  ["--build", "build-cuda", "--parallel", "2"],
]) {
  const { status, stdout, stderr } = spawnSync("cmake", words, { cwd: root, encoding: "utf8" });
  if (status === 0) continue;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  process.exit(1);
}
console.log("@carom/native: built build-cuda/libcarom_cuda.so");
