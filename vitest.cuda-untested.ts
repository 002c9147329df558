/** Stands for the suites of a package that cannot run on CUDA on this machine: skipped, and counted as such. */
import { describe, test } from "vitest";

describe.skip("on CUDA", () => {
  test(`not run: ${process.env["CAROM_CUDA_PROBLEM"]}`, () => {});
});
