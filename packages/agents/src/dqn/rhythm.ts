/**
 * How steps and updates are put into recordings and iterations; what happens when is no matter of it (dqn.ts).
 * Legend: n games.
 */
import type { DqnConfig } from "./config.js";

/** What decides how often is learned. */
export type ScheduleConfig = Pick<DqnConfig, "trainEvery" | "gradientSteps">;

/** Recordings of a run whose games live on the GPU. */
export interface Rhythm {
  /** Steps of all games in a recording. */
  readonly stride: number;
  /** Such recordings in an iteration. */
  readonly plays: number;
  /** Updates in a recording. */
  readonly burst: number;
}

/** Most steps of one recording. */
const MOST_STRIDE = 16;
/** Most updates of one recording. */
const MOST_BURST = 4;
/** Steps of all games in an iteration that has few updates. */
const MANY_STEPS = 32;
/** Updates of an iteration that need not be longer. */
const MANY_UPDATES = 64;

/** Env steps of an iteration, about: always whole trainings. */
export function iterationSteps({ trainEvery }: ScheduleConfig): number {
  return Math.ceil(256 / trainEvery) * trainEvery;
}

/**
 * The recordings for n games. One holds as many steps as lie between two trainings, where that is a whole number and
 * not too many, and as many updates as follow on each other. An iteration has whole trainings of about 256 env steps;
 * with thousands of games it has more steps, as long as there are few updates in them.
 */
export function rhythm(config: ScheduleConfig, count: number): Rhythm {
  const { trainEvery, gradientSteps } = config;
  const stride = largestDivisor(trainEvery / count, MOST_STRIDE);
  const trainings = count % trainEvery === 0 ? count / trainEvery : 1; // that follow on each other, at least
  const burst = largestDivisor(gradientSteps * trainings, MOST_BURST);
  const updates = (gradientSteps * count) / trainEvery; // per step of all games
  const few = Math.min(MANY_STEPS, Math.ceil(MANY_UPDATES / updates));
  const steps = Math.max(Math.ceil(iterationSteps(config) / count), few);
  return { stride, plays: Math.ceil(steps / stride), burst };
}

/** The largest number of at most `most` that divides `size`; 1 where it is no whole number. */
function largestDivisor(size: number, most: number): number {
  for (let divisor = most; divisor > 1; divisor--) {
    if (Number.isInteger(size) && size % divisor === 0) return divisor;
  }
  return 1;
}
