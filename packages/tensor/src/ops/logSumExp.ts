/**
 * logSumExp: logarithm of the sum of exponentials over some axes (default: all), without overflow.
 *
 *   y = m + log(sum(e^(x - m))), m = max(x);   -infinity for a group of -infinity (or of nothing)
 *
 * Gradient: dy * e^(x - y), the softmax; 0 where y is -infinity.
 */
import { activeTape, type GradientRule, record, withTape } from "../autograd/tape.js";
import { scope } from "../lifetime.js";
import { normalizeAxes, type Shape } from "../shape.js";
import type { Axes, ReduceOptions, Tensor } from "../tensor.js";
import { add, mul, sub } from "./binary.js";
import { equal } from "./compare.js";
import { checkAlive, checkFloat } from "./dispatch.js";
import { groupSize, max, sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { exp, finite, log } from "./unary.js";
import { where } from "./where.js";

const logSumExpRule: GradientRule<Shape> = {
  op: "logSumExp",
  backward(dy, node) {
    const [x, y] = [node.saved(0), reshape(node.saved(1), node.params)];
    const share = exp(sub(x, where(equal(y, -Infinity), 0, y)));
    return [mul(reshape(dy, node.params), share)];
  },
};

/** log(sum(e^x)) over `axes`. Float. */
export function logSumExp(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  checkAlive("logSumExp", x);
  checkFloat("logSumExp", x);
  const list = normalizeAxes("logSumExp", axes, x.rank);
  const kept = x.shape.map((size, axis) => (list.includes(axis) ? 1 : size));
  const shape = options.keepdims ? kept : x.shape.filter((_, axis) => !list.includes(axis));
  const out = withTape(undefined, () => scope(() => reshape(stable(x, list), shape)));
  return activeTape() === undefined ? out : record(out, logSumExpRule, [x], [x, out], kept);
}

/** The result with reduced dimensions kept. */
function stable(x: Tensor, axes: readonly number[]): Tensor {
  if (groupSize(x.shape, axes) === 0) return log(sum(exp(x), axes, { keepdims: true }));
  const top = max(x, axes, { keepdims: true });
  const shift = where(finite(top), top, 0);
  return add(log(sum(exp(sub(x, shift)), axes, { keepdims: true })), shift);
}
