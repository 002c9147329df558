/**
 * norm: size of a vector, over some axes (default: all).
 *
 *   ord 1          sum |x|
 *   ord 2          sqrt(sum x^2)
 *   ord Infinity   max |x|
 *
 * Gradients: ord 2 dy * x / y, 0 where y is 0; the others are made of the ops named.
 */
import { activeTape, type GradientRule, record, withTape } from "../autograd/tape.js";
import { TensorError } from "../errors.js";
import { scope } from "../lifetime.js";
import { normalizeAxes, type Shape } from "../shape.js";
import type { Axes, ReduceOptions, Tensor } from "../tensor.js";
import { div, mul } from "./binary.js";
import { equal } from "./compare.js";
import { checkAlive, checkFloat } from "./dispatch.js";
import { max, sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { abs, sqrt, square } from "./unary.js";
import { where } from "./where.js";

/** Options of {@link norm}. */
export interface NormOptions extends ReduceOptions {
  /** Which norm: 1, 2 or Infinity. Default 2. */
  ord?: number;
}

const normRule: GradientRule<Shape> = {
  op: "norm",
  backward(dy, node) {
    const [x, y] = [node.saved(0), reshape(node.saved(1), node.params)];
    const none = equal(y, 0);
    const share = div(reshape(dy, node.params), where(none, 1, y));
    return [mul(x, where(none, 0, share))];
  },
};

/** The 1-, 2- or infinity-norm over `axes`. Float. */
export function norm(x: Tensor, axes?: Axes, options: NormOptions = {}): Tensor {
  const { ord = 2, keepdims = false } = options;
  checkAlive("norm", x);
  checkFloat("norm", x);
  if (ord === 1) return scope(() => sum(abs(x), axes, { keepdims }));
  if (ord === Number.POSITIVE_INFINITY) return scope(() => max(abs(x), axes, { keepdims }));
  if (ord !== 2) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "norm",
      `there is no such norm here (got ord ${ord}, expected 1, 2 or Infinity)`,
    );
  }
  const list = normalizeAxes("norm", axes, x.rank);
  const kept = x.shape.map((size, axis) => (list.includes(axis) ? 1 : size));
  const out = withTape(undefined, () => scope(() => sqrt(sum(square(x), list, { keepdims }))));
  return activeTape() === undefined ? out : record(out, normRule, [x], [x, out], kept);
}
