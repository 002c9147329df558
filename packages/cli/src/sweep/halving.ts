/**
 * Successive halving (Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and
 * hyperparameter optimization"; the bracket of Hyperband, Li et al. 2018, that halves most): all
 * trials get a small budget, the best of them a larger one, and so on up to the whole.
 *
 *   rungs K + 1, K = floor(log_eta trials)     rung k: floor(trials / eta^k) trials of
 *                                              steps / eta^(K - k) env steps each
 *
 * A rung is complete before the next begins, so that the result does not depend on how many trials
 * run at a time or on which is fastest (asynchronous promotion would). A trial that goes on begins
 * anew with the larger budget: its schedules run over `steps`, and a learning rate that has come
 * down to its end would have to go up again. Fresh runs cost at most 1 / (eta - 1) more.
 */

/** One budget, and how many trials get it. */
export type Rung = {
  readonly trials: number;
  /** Env steps of each. */
  readonly steps: number;
};

/** What rungs are made from. */
export interface HalvingOptions {
  readonly trials: number;
  /** Env steps of a trial on the last rung. */
  readonly steps: number;
  /** Of so many trials one goes on, with so many times the steps. At least 2. */
  readonly eta: number;
  /** Rungs at most; 1 gives every trial all steps. */
  readonly rungs: number;
}

/** The rungs of a sweep, the smallest budget first. The last one has at least one trial. */
export function planRungs({ trials, steps, eta, rungs }: HalvingOptions): Rung[] {
  const counts = [trials];
  while (counts.length < rungs && counts[counts.length - 1] >= eta) {
    counts.push(Math.floor(counts[counts.length - 1] / eta));
  }
  return counts.map((count, i) => ({
    trials: count,
    steps: Math.max(1, Math.round(steps / eta ** (counts.length - 1 - i))),
  }));
}

/** A trial's score on a rung; null where it has none (it failed, or no episode ended). */
export type RungScores = ReadonlyMap<number, number | null>;

/**
 * The trials that go on: the `count` best of a rung, or as many as have a score. Among equals the
 * lower number goes on. In ascending order.
 */
export function promote(scores: RungScores, count: number): number[] {
  const scored = [...scores].flatMap(([trial, score]) =>
    score === null ? [] : [{ trial, score }],
  );
  scored.sort((a, b) => b.score - a.score || a.trial - b.trial);
  return scored
    .slice(0, count)
    .map(({ trial }) => trial)
    .sort((a, b) => a - b);
}
