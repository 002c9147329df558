/** Statistics of a training run that more than one algorithm reports. */

/**
 * Fraction of the variance of `returns` that `values` explain: `1 - Var(returns - values) / Var(returns)`.
 * 1 is a perfect critic, 0 one that predicts the mean, negative one that is worse; NaN when the
 * returns do not vary.
 */
export function explainedVariance(values: ArrayLike<number>, returns: ArrayLike<number>): number {
  const n = returns.length;
  let sum = 0;
  let sumSquared = 0;
  let errorSum = 0;
  let errorSquared = 0;
  for (let i = 0; i < n; i++) {
    const error = returns[i] - values[i];
    sum += returns[i];
    sumSquared += returns[i] * returns[i];
    errorSum += error;
    errorSquared += error * error;
  }
  const variance = sumSquared / n - (sum / n) ** 2;
  const errorVariance = errorSquared / n - (errorSum / n) ** 2;
  return variance > 0 ? 1 - errorVariance / variance : Number.NaN;
}
