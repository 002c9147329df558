/**
 * reshape: the same elements in row-major order under another shape; a view wherever the layout
 * allows it, a copy otherwise.
 *
 * Gradient: dy reshaped back.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { elementCount, inferShape, normalizeAxis, reshapeStrides, type Shape } from "../shape.js";
import { type Tensor, viewOf } from "../tensor.js";
import { contiguous } from "./copy.js";
import { checkAlive } from "./dispatch.js";

const reshapeRule: GradientRule<Shape> = {
  op: "reshape",
  backward: (dy, node) => [reshape(dy, node.params)],
};

/** `x` as `shape`; one size may be -1 and is then worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkAlive("reshape", x);
  const target = inferShape("reshape", shape, x.size);
  const strides = reshapeStrides(x.shape, x.strides, target);
  if (strides === undefined) return reshape(contiguous(x), target);
  const out = viewOf(x.storage, target, strides, x.offset);
  return activeTape() === undefined ? out : record(out, reshapeRule, [x], [], x.shape);
}

/** `x` with its dimensions `start` to `end` (both included, negative from the back) as one. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  checkAlive("flatten", x);
  if (x.rank === 0) return reshape(x, [1]);
  const first = normalizeAxis("flatten", start, x.rank);
  const last = normalizeAxis("flatten", end, x.rank);
  if (first > last) {
    throw new ShapeError(
      "flatten",
      `the first dimension comes after the last (got ${start} to ${end}, expected start <= end)`,
    );
  }
  const joined = elementCount(x.shape.slice(first, last + 1));
  return reshape(x, [...x.shape.slice(0, first), joined, ...x.shape.slice(last + 1)]);
}
