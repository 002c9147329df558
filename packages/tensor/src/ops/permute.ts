/**
 * permute, transpose: dimensions in another order, as views.
 *
 * Gradient: dy permuted by the inverse order.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { formatShape, normalizeAxis } from "../shape.js";
import { type Tensor, viewOf } from "../tensor.js";
import { checkAlive } from "./dispatch.js";

const permuteRule: GradientRule<readonly number[]> = {
  op: "permute",
  backward: (dy, node) => [permute(dy, inverse(node.params))],
};

/** Dimension `i` of the result is dimension `axes[i]` of `x`. A view. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  checkAlive("permute", x);
  const order = axes.map((axis) => normalizeAxis("permute", axis, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ShapeError(
      "permute",
      `needs each axis once (got ${formatShape(axes)} for shape ${formatShape(x.shape)}, expected ` +
        `0 to ${x.rank - 1} in some order)`,
    );
  }
  const shape = order.map((axis) => x.shape[axis]);
  const strides = order.map((axis) => x.strides[axis]);
  const out = viewOf(x.storage, shape, strides, x.offset);
  return activeTape() === undefined ? out : record(out, permuteRule, [x], [], order);
}

/** `x` with two dimensions swapped, by default the last two. A view. */
export function transpose(x: Tensor, first = -2, second = -1): Tensor {
  const a = normalizeAxis("transpose", first, x.rank);
  const b = normalizeAxis("transpose", second, x.rank);
  const order = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return permute(x, order);
}

function inverse(order: readonly number[]): number[] {
  const out = new Array<number>(order.length);
  for (let i = 0; i < order.length; i++) out[order[i]] = i;
  return out;
}
