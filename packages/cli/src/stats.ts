/**
 * Statistics of episode returns: mean, median, interquartile mean and percentile bootstrap.
 * Source of the advice to report the interquartile mean with a bootstrap interval: Agarwal et al.,
 * "Deep Reinforcement Learning at the Edge of the Statistical Precipice", NeurIPS 2021.
 */

/** A function from a sample to one number. */
export type Statistic = (values: readonly number[]) => number;

/** An interval [low, high]. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Standard deviation of the sample (divided by n, not n - 1); NaN of nothing. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** Middle value, or the mean of the two middle ones; NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(ascending(values), 0.5);
}

/** Mean of what remains without the lowest and the highest floor(n / 4) values; NaN of nothing. */
export function interquartileMean(values: readonly number[]): number {
  const cut = Math.floor(values.length / 4);
  return mean(ascending(values).slice(cut, values.length - cut));
}

/**
 * Percentile bootstrap: the statistic of `resamples` samples drawn with replacement, and the
 * interval that holds the middle `level` of them.
 *
 * @param random uniform numbers in [0, 1); a seeded source makes the interval repeatable.
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: Statistic,
  random: () => number,
  { resamples = 2000, level = 0.95 }: { resamples?: number; level?: number } = {},
): Interval {
  const results: number[] = [];
  for (let i = 0; i < resamples; i++) {
    results.push(statistic(values.map(() => values[Math.floor(random() * values.length)])));
  }
  const sorted = ascending(results);
  return { low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) };
}

/** Quantile of sorted values with linear interpolation between neighbours. */
function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}
