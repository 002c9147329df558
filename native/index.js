// Loads the addon that scripts/build.mjs made and hands out cores. Nothing else happens here.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const COMMAND_WORDS = 1024;
const path = fileURLToPath(new URL("./build/Release/carom_native.node", import.meta.url));

const cudaPath = fileURLToPath(new URL("./build-cuda/libcarom_cuda.so", import.meta.url));

let addon;

function load() {
  try {
    addon ??= createRequire(import.meta.url)(path);
    return addon;
  } catch (cause) {
    const reason =
      cause?.code === "MODULE_NOT_FOUND" ? "is not built" : `cannot be loaded (${cause?.message})`;
    throw Object.assign(
      new Error(`The native core ${reason}: run \`pnpm --filter @carom/native build:native\`.`, {
        cause,
      }),
      { code: "NATIVE_NOT_BUILT", op: "load" },
    );
  }
}

/** The CUDA library: this package's, or the one that the environment names. */
function cudaLibrary() {
  return process.env.CAROM_CUDA_LIBRARY || cudaPath;
}

export function createCore(options = {}) {
  const command = new Float64Array(
    new SharedArrayBuffer(COMMAND_WORDS * Float64Array.BYTES_PER_ELEMENT),
  );
  return load().createCore({ ...options, cudaLibrary: cudaLibrary() }, command);
}

export function inspectCuda() {
  const library = cudaLibrary();
  return { library, ...load().inspectCuda(library) };
}
