/** Stands for the suites of a package that cannot run on CUDA on this machine: skipped with the reason, and counted. */
import { test } from "vitest";

const problem = process.env["CAROM_CUDA_PROBLEM"];

test(`on CUDA: not run, ${problem}`, ({ skip }) => skip(problem));
