/** The vitest projects that run a package's suites on CUDA: on a GPU, on the emulated one, or skipped with the reason. */
import { fileURLToPath } from "node:url";
import { cudaTested, cudaWasDecided } from "./scripts/lib/cuda.mjs";
import { shared } from "./vitest.shared.ts";

/** Which suites of a package run on CUDA: patterns, from the package's folder. */
export interface CudaSuites {
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly setupFiles?: readonly string[];
}

/** The configuration of the project `<name> on cuda`. Its tests open `testedDevice()`. */
export function onCuda(name: string, { include, exclude = [], setupFiles = [] }: CudaSuites) {
  // Whoever decided before says the reason as well.
  const silent = cudaWasDecided();
  const { library, problem } = cudaTested();
  if (problem !== undefined && !silent) console.warn(`The suites are not run on CUDA: ${problem}`);
  const untested = fileURLToPath(new URL("./vitest.cuda-untested.ts", import.meta.url));
  const suites =
    library === undefined
      ? { include: [untested], env: { CAROM_CUDA_PROBLEM: problem } }
      : {
          include: [...include],
          exclude: ["**/node_modules/**", "**/dist/**", ...exclude],
          setupFiles: [...setupFiles],
          env: { CAROM_TEST_DEVICE: "cuda", CAROM_CUDA_LIBRARY: library },
        };
  return { ...shared, test: { ...shared.test, name: `${name} on cuda`, ...suites } };
}
