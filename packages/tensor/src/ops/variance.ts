/**
 * variance, std: spread of the values over some axes (default: all).
 *
 *   variance = sum((x - mean)^2) / (n - correction),  std = sqrt(variance)
 *
 * `correction` 1 (the default, as in PyTorch) is the unbiased estimate, 0 the population's (NumPy's
 * default). Composed of other ops, which supply the gradient; the gradient of std at 0 is not finite.
 */
import { scope } from "../lifetime.js";
import { checkInteger, normalizeAxes } from "../shape.js";
import type { Axes, ReduceOptions, Tensor } from "../tensor.js";
import { div, sub } from "./binary.js";
import { checkAlive, checkFloat } from "./dispatch.js";
import { groupSize, mean, sum } from "./reduce.js";
import { sqrt, square } from "./unary.js";

/** Options of variance and std. */
export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the number of values. Default 1. */
  correction?: number;
}

/** Variance over `axes`; NaN or infinite where `correction` leaves nothing to divide by. */
export function variance(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  return squaredDeviation("variance", x, axes, options);
}

function squaredDeviation(
  op: string,
  x: Tensor,
  axes: Axes | undefined,
  { keepdims = false, correction = 1 }: VarianceOptions,
): Tensor {
  checkAlive(op, x);
  checkFloat(op, x);
  checkInteger(op, "correction", correction, 0);
  const list = normalizeAxes(op, axes, x.rank);
  const count = Math.max(0, groupSize(x.shape, list) - correction);
  return scope(() => {
    const centre = mean(x, list, { keepdims: true });
    const squares = square(sub(x, centre));
    return div(sum(squares, list, { keepdims }), count);
  });
}

/** Standard deviation over `axes`. */
export function std(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  return scope(() => sqrt(squaredDeviation("std", x, axes, options)));
}
