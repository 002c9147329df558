/**
 * softmax: e^x / sum(e^x) along one axis, computed without overflow.
 *
 *   x [..., A] -> y [..., A], the entries along the axis sum to 1
 *
 * Gradient: dx = y * (dy - sum(dy * y)).
 */
import type { GradientRule } from "../autograd/tape.js";
import type { Tensor } from "../tensor.js";
import { alongLast, lastAxisBackward } from "./last-axis.js";

const softmaxRule: GradientRule<undefined> = {
  op: "softmax",
  backward: (dy, node) => [lastAxisBackward("softmaxBackward", dy, node.saved(0))],
};

/** Softmax along `axis` (default: the last). Float. */
export function softmax(x: Tensor, axis = -1): Tensor {
  return alongLast("softmax", softmaxRule, x, axis);
}
