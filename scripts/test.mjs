/**
 * pnpm test: builds everything, then lint, type check and every test. The last line is `N passed, N failed`.
 *
 *   pnpm test                 all of it
 *   pnpm test breakout        builds, then only the test files whose path contains the word (arguments go to vitest)
 *
 * The suites of tensors, networks and agents run on CUDA as well: on a GPU where there is one and the CUDA library is
 * built, else on an emulated one. CAROM_CUDA=off leaves that out.
 *
 * A step that fails (lint, types) is counted as one failed test, and the steps after it still run.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, readCudaMode, requireNode, root, runTask } from "./lib/build.mjs";
import { provideChromium } from "./lib/chromium.mjs";
import { cudaTested } from "./lib/cuda.mjs";
import { endWithRunners } from "./lib/runners.mjs";

requireNode();
endWithRunners();
const args = process.argv.slice(2);
provideChromium();
const cuda = readCudaMode();
// Asked for, the CUDA library is a step of its own below; otherwise it is built where there is a GPU to test on.
const isStep = cuda === "on" && args.length === 0;
await build([], { cuda: isStep ? "off" : cuda });
const failedSteps = args.length > 0 ? [] : await runSteps();
const { problem: withoutCuda } = cudaTested(); // vitest takes the same decision
const tests = await runTests(args);
for (const step of failedSteps) console.log(`${step} failed: see above`);
if (withoutCuda !== undefined) console.log(`The suites were not run on CUDA: ${withoutCuda}`);
const failed = tests.failed + failedSteps.length;
const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : "";
console.log(`${tests.passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 ? 1 : tests.code;

/**
 * Lint, types, the API reference (no public name without a docstring), the unit tests of the native core, which build the
 * emulated GPU of the suites too, and with CAROM_CUDA=on its CUDA library. Prints what the failing ones print and returns their names.
 */
async function runSteps() {
  const steps = [
    ["lint", "lint:root"],
    ["types", "typecheck:root"],
    ["API reference", "docs:root"],
    ["native core", "test:native"],
  ];
  if (isStep) steps.push(["CUDA library", "build:cuda"]);
  const failures = [];
  for (const [name, task] of steps) {
    const started = performance.now();
    const { code, text } = await runTask(task);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${name}: ${code === 0 ? "passed" : "failed"} (${seconds} s)`);
    if (code === 0) continue;
    console.log(text);
    failures.push(name);
  }
  return failures;
}

/** Runs vitest and counts by its JSON report. A file that cannot be loaded counts as one failed test. */
async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), "carom-test-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await runVitest(["run", ...reporters, ...args]);
  const counts = { passed: 0, failed: 0, skipped: 0, code };
  try {
    const { numPassedTests, numFailedTests, numTotalTests, testResults } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    const unloaded = testResults.filter(
      (file) =>
        file.status === "failed" && file.assertionResults.every((one) => one.status !== "failed"),
    );
    counts.passed = numPassedTests;
    counts.failed = numFailedTests + unloaded.length;
    counts.skipped = numTotalTests - numPassedTests - numFailedTests;
  } catch (error) {
    if (code === 0) throw error;
  }
  rmSync(folder, { recursive: true });
  // Errors outside any test, such as an unhandled rejection, fail the run too.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Runs vitest with the terminal handed over; resolves to its exit code. */
function runVitest(args) {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const child = spawn(process.execPath, [vitest, ...args], { cwd: root, stdio: "inherit" });
  const end = () => child.kill("SIGTERM");
  process.once("SIGTERM", end);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGTERM", end);
      if (signal) process.exit(signal === "SIGINT" ? 130 : 143);
      resolve(code);
    });
  });
}
