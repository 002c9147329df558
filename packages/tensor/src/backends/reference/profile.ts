/**
 * profile: timing recordings and their steps. The one place of this package that reads a clock; what it
 * says is for people and steers nothing.
 */

import { CaptureError } from "../../errors.js";

const MOST_TRACED = 100_000;

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

/** Notes when programs run. */
export class ReplayClock {
  #began: number | undefined;
  #found: number[] = [];

  begin(): void {
    if (this.#began !== undefined) {
      throw new CaptureError("trace", "a trace is under way already; end it first");
    }
    this.#found = [];
    this.#began = performance.now();
  }

  /** Its length, then program, beginning and end of each replay, in nanoseconds. */
  end(): readonly number[] {
    if (this.#began === undefined) throw new CaptureError("trace", "no trace is under way");
    const length = this.#now(this.#began);
    this.#began = undefined;
    return [length, ...this.#found];
  }

  /** Runs a program, between two looks at the clock where there is a trace. */
  run(program: number, steps: readonly { run(): void }[]): void {
    const began = this.#began;
    const start = began === undefined ? 0 : this.#now(began);
    for (const step of steps) step.run();
    if (began !== undefined && this.#found.length < 3 * MOST_TRACED) {
      this.#found.push(program, start, this.#now(began));
    }
  }

  #now(began: number): number {
    return (performance.now() - began) * 1e6;
  }
}
