/**
 * Statistics over few runs of a stochastic algorithm (Agarwal et al. 2021, "Deep reinforcement
 * learning at the edge of the statistical precipice", https://arxiv.org/abs/2108.13264): median,
 * interquartile mean, probability of improvement, and their bootstrap intervals.
 *
 * Intervals resample runs within each task (stratified), never tasks, and are percentile intervals.
 * They are functions of their arguments alone: the resampling draws from a key of `seed`.
 * Not here: normalising scores, which has to happen before scores of different tasks are pooled.
 */
import { key, nextBelow, seedRandom } from "@carom/envs";
import { AgentError } from "../errors.js";

/** Scores of one algorithm: one list per task (game), one entry in it per run (seed). */
export type TaskScores = readonly ArrayLike<number>[];

/** Settings of the bootstrap intervals. */
export interface BootstrapOptions {
  /** Share of resamples inside the interval, 0..1. Default 0.95. */
  readonly confidence?: number;
  /** Resamples drawn. Default 10000. */
  readonly resamples?: number;
  /** Seed of the resampling, a non-negative safe integer. Default 0. */
  readonly seed?: number;
}

/** A confidence interval. */
export interface Interval {
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

/**
 * The middle of the sorted values, the mean of the two middle ones where their number is even.
 *
 * @throws AgentError BAD_VALUE (no values), NOT_FINITE
 */
export function median(values: ArrayLike<number>): number {
  return quantile(sorted("median", values), 0.5);
}

/**
 * Mean of the middle half of the values: `floor(n / 4)` are cut from either end. Scores of several
 * tasks are pooled first (`scores.flat()`); with fewer than four values it is the mean.
 *
 * @throws AgentError BAD_VALUE (no values), NOT_FINITE
 */
export function interquartileMean(values: ArrayLike<number>): number {
  const all = sorted("interquartileMean", values);
  const cut = Math.floor(all.length / 4);
  const middle = all.subarray(cut, all.length - cut);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/**
 * Probability that a run of `x` beats a run of `y` on a task, mean over the tasks; a draw counts half.
 * 0.5 where the two are alike, 1 where every run of `x` beats every run of `y`.
 *
 * @throws AgentError BAD_VALUE (no tasks, different numbers of tasks, a task without runs), NOT_FINITE
 */
export function probabilityOfImprovement(x: TaskScores, y: TaskScores): number {
  checkScores("probabilityOfImprovement", x);
  checkScores("probabilityOfImprovement", y);
  if (x.length !== y.length) {
    throw new AgentError(
      "BAD_VALUE",
      `probabilityOfImprovement: x and y must have the same tasks (got ${x.length} and ${y.length})`,
    );
  }
  const shares = x.map((scores, task) => shareOfWins(scores, y[task]));
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/**
 * Confidence interval of the interquartile mean over all runs and tasks.
 *
 * @throws AgentError BAD_VALUE, NOT_FINITE
 */
export function interquartileMeanInterval(
  scores: TaskScores,
  options: BootstrapOptions = {},
): Interval {
  return bootstrapInterval(scores, (resample) => interquartileMean(resample.flat()), options);
}

/**
 * Confidence interval of the probability of improvement of `x` over `y`; the runs of both are
 * resampled independently of each other.
 *
 * @throws AgentError BAD_VALUE, NOT_FINITE
 */
export function improvementInterval(
  x: TaskScores,
  y: TaskScores,
  options: BootstrapOptions = {},
): Interval {
  probabilityOfImprovement(x, y); // says what is wrong with the scores before they are resampled
  const between = (both: number[][]): number =>
    probabilityOfImprovement(both.slice(0, x.length), both.slice(x.length));
  return bootstrapInterval([...x, ...y], between, options);
}

/**
 * Percentile bootstrap interval of any statistic: every resample draws, for each group on its own, as
 * many entries as the group has, with replacement.
 *
 * @param statistic a number of resampled groups, which it must not keep.
 * @throws AgentError BAD_VALUE (no groups, an empty group, options out of range), NOT_FINITE
 */
export function bootstrapInterval(
  groups: TaskScores,
  statistic: (resample: number[][]) => number,
  options: BootstrapOptions = {},
): Interval {
  const { confidence = 0.95, resamples = 10_000, seed = 0 } = options;
  checkScores("bootstrapInterval", groups);
  checkRange("confidence", confidence, confidence >= 0 && confidence <= 1, "0 to 1");
  checkRange("resamples", resamples, Number.isInteger(resamples) && resamples > 0, "1 or more");
  const random = new Uint32Array(4);
  seedRandom(random, key(seed).child("bootstrap").toSeed());
  const resample = groups.map((group) => Array.from(group)); // [groups][runs]
  const statistics = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    for (const [g, group] of groups.entries()) {
      for (let run = 0; run < group.length; run++) {
        resample[g][run] = group[nextBelow(random, group.length)];
      }
    }
    statistics[i] = statistic(resample);
  }
  statistics.sort();
  const tail = (1 - confidence) / 2;
  return { low: quantile(statistics, tail), high: quantile(statistics, 1 - tail) };
}

/** Share of the pairs in which the run of `x` has more; equal ones count half. */
function shareOfWins(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let wins = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < y.length; j++) wins += x[i] > y[j] ? 1 : x[i] === y[j] ? 0.5 : 0;
  }
  return wins / (x.length * y.length);
}

/** The value below which a share `q` of the sorted values lies, linear between neighbours. */
function quantile(ascending: Float64Array, q: number): number {
  const at = q * (ascending.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below] + (at - below) * (ascending[above] - ascending[below]);
}

/** A sorted copy. @throws AgentError BAD_VALUE, NOT_FINITE */
function sorted(what: string, values: ArrayLike<number>): Float64Array {
  checkScores(what, [values]);
  return new Float64Array(values).sort();
}

/** @throws AgentError BAD_VALUE, NOT_FINITE */
function checkScores(what: string, groups: TaskScores): void {
  if (groups.length === 0 || groups.some((group) => group.length === 0)) {
    const lengths = groups.map((group) => group.length);
    throw new AgentError(
      "BAD_VALUE",
      `${what}: values are missing (got lengths [${lengths}], expected at least one value each)`,
    );
  }
  for (const group of groups) {
    for (let i = 0; i < group.length; i++) {
      if (Number.isFinite(group[i])) continue;
      throw new AgentError(
        "NOT_FINITE",
        `${what}: values must be finite (got ${group[i]} at ${i})`,
      );
    }
  }
}

/** @throws AgentError BAD_VALUE */
function checkRange(name: string, value: number, fits: boolean, expected: string): void {
  if (fits) return;
  throw new AgentError(
    "BAD_VALUE",
    `bootstrapInterval: ${name} is out of range (got ${value}, expected ${expected})`,
  );
}
