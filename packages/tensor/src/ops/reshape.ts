/**
 * reshape: the same elements in row-major order under another shape; a view wherever the layout
 * allows it, a copy otherwise.
 *
 * Gradient: dy reshaped back.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { inferShape, reshapeStrides, type Shape } from "../shape.js";
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

/** `x` as one dimension. */
export function flatten(x: Tensor): Tensor {
  return reshape(x, [x.size]);
}
