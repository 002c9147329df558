/**
 * Settings that change over a run, as pure functions of the env steps done: a resumed run, which
 * restores its step counter, continues where it was.
 *
 * The curves themselves are `linearSchedule`, `exponentialSchedule`, `constantSchedule`, ... of
 * @carom/nn; here is how a run's settings and its length pick one.
 */
import { linearSchedule } from "@carom/nn";

/** A setting that moves on a straight line in the first part of a run and then stays. */
export interface Annealing {
  /** Value at the first step. */
  readonly from: number;
  /** Value after the line. */
  readonly to: number;
  /** Share of the run's steps in which the value moves, 0 (is `to` at once) to 1. */
  readonly fraction: number;
}

/**
 * The value of an annealed setting after `steps` of a run of `totalSteps` env steps: epsilon of
 * epsilon-greedy exploration, beta of prioritised replay, the clip range, ...
 */
export function annealed(annealing: Annealing, steps: number, totalSteps: number): number {
  const { from, to, fraction } = annealing;
  return linearSchedule(from, to, fraction * totalSteps)(steps);
}

/** The two settings that every algorithm's learning rate is made of. */
export interface LearningRateConfig {
  /** Step size at the start. */
  readonly learningRate: number;
  /** Step size at the last step of the run. */
  readonly finalLearningRate: number;
}

/** The learning rate after `steps` of a run of `totalSteps` env steps: linear, then constant. */
export function annealedLearningRate(
  config: LearningRateConfig,
  steps: number,
  totalSteps: number,
): number {
  const { learningRate: from, finalLearningRate: to } = config;
  return annealed({ from, to, fraction: 1 }, steps, totalSteps);
}
