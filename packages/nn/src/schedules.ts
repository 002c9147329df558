/**
 * schedules: numbers that change over training, as pure functions of the progress made.
 *
 * They are functions of a step count that the caller keeps, so a resumed run continues where it was.
 */

/** The value at a given step (in whatever unit the schedule was made for). */
export type Schedule = (step: number) => number;

/** Always `value`. */
export function constantSchedule(value: number): Schedule {
  return () => value;
}

/** From `start` to `end` on a straight line over `steps`, then `end`. */
export function linearSchedule(start: number, end: number, steps: number): Schedule {
  return (step) => start + (end - start) * progress(step, steps);
}

/** From `start` to `end` on half a cosine wave over `steps`, then `end`. */
export function cosineSchedule(start: number, end: number, steps: number): Schedule {
  return (step) => end + (start - end) * 0.5 * (1 + Math.cos(Math.PI * progress(step, steps)));
}

function progress(step: number, steps: number): number {
  return steps <= 0 ? 1 : Math.min(Math.max(step / steps, 0), 1);
}
