/**
 * profile: timing the steps of a recording. The one place of this package that reads a clock; what it
 * says is for people and steers nothing.
 */

/** Runs all steps in order, `runs` times: median nanoseconds of each. */
export function timeSteps(steps: readonly { run(): void }[], runs: number): number[] {
  const times = steps.map(() => new Float64Array(runs));
  for (let run = 0; run < runs; run++) {
    steps.forEach((step, i) => {
      const start = performance.now();
      step.run();
      times[i][run] = (performance.now() - start) * 1e6;
    });
  }
  return times.map((own) => own.sort()[runs >> 1]);
}
