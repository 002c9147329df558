/**
 * schedules: numbers that change over training, as pure functions of the progress made.
 *
 * They are functions of a step count that the caller keeps, so a resumed run continues where it was.
 * Being functions, they compose: `warmupSchedule(100, cosineSchedule(3e-4, 0, 9900))`.
 */
import { NnError } from "./errors.js";

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

/** From `start` on, times `factor` every `steps` (evenly in between), but never below `end`. */
export function exponentialSchedule(
  start: number,
  factor: number,
  steps: number,
  end = 0,
): Schedule {
  return (step) => Math.max(start * factor ** (Math.max(step, 0) / steps), end);
}

/**
 * Steps: `[from, value]` pairs in rising order of `from`; the value of the last one that was reached.
 * Before the first, its value.
 */
export function piecewiseSchedule(pieces: readonly (readonly [number, number])[]): Schedule {
  checkRising("piecewiseSchedule", pieces);
  return (step) => (pieces.findLast(([from]) => step >= from) ?? pieces[0])[1];
}

/** From 0 (or `start` times the value) up to `schedule` on a straight line, then `schedule` from its 0. */
export function warmupSchedule(steps: number, schedule: Schedule, start = 0): Schedule {
  return (step) =>
    step >= steps
      ? schedule(step - steps)
      : schedule(0) * (start + (1 - start) * progress(step, steps));
}

/** Schedules one after the other: `[from, schedule]` pairs, each counting from its own `from`. */
export function sequenceSchedule(parts: readonly (readonly [number, Schedule])[]): Schedule {
  checkRising("sequenceSchedule", parts);
  return (step) => {
    const [from, schedule] = parts.findLast(([start]) => step >= start) ?? parts[0];
    return schedule(step - from);
  };
}

/** Options of {@link oneCycleSchedule}. */
export interface OneCycleOptions {
  /** Share of the steps in which the value rises. Default 0.3. */
  rise?: number;
  /** The peak over the first value. Default 25. */
  startFactor?: number;
  /** The first value over the last. Default 1e4. */
  endFactor?: number;
}

/** Up to `peak` and down again, both on half a cosine wave (Smith and Topin 2019; as PyTorch). */
export function oneCycleSchedule(
  peak: number,
  steps: number,
  options: OneCycleOptions = {},
): Schedule {
  const { rise = 0.3, startFactor = 25, endFactor = 1e4 } = options;
  const start = peak / startFactor;
  const top = rise * steps - 1;
  const up = cosineSchedule(start, peak, top);
  const down = cosineSchedule(peak, start / endFactor, steps - 1 - top);
  return (step) => (step <= top ? up(step) : down(step - top));
}

function progress(step: number, steps: number): number {
  return steps <= 0 ? 1 : Math.min(Math.max(step / steps, 0), 1);
}

function checkRising(where: string, pairs: readonly (readonly [number, unknown])[]): void {
  if (pairs.length === 0 || pairs.some(([from], i) => i > 0 && !(from > pairs[i - 1][0]))) {
    throw new NnError(
      "INVALID_ARGUMENT",
      where,
      `pieces are not in order (got steps [${pairs.map(([from]) => from)}], expected at least one, rising)`,
    );
  }
}
