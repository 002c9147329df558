/**
 * expand: dimensions of size 1 repeated (and leading ones added) without copying, by stride 0.
 *
 * Gradient: dy summed over what was repeated.
 */
import { sumTo } from "../autograd/sum-to.js";
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { broadcastStrides, checkShape, type Shape } from "../shape.js";
import { type Tensor, viewOf } from "../tensor.js";
import { checkAlive } from "./dispatch.js";

const expandRule: GradientRule<Shape> = {
  op: "expand",
  backward: (dy, node) => [sumTo(dy, node.params)],
};

/** `x` broadcast to `shape`. A view that cannot be written to. */
export function expand(x: Tensor, shape: Shape): Tensor {
  checkAlive("expand", x);
  checkShape("expand", shape);
  const strides = broadcastStrides("expand", x.shape, x.strides, shape);
  const out = viewOf(x.storage, shape, strides, x.offset);
  return activeTape() === undefined ? out : record(out, expandRule, [x], [], x.shape);
}
