/**
 * logSoftmax: x - log(sum(e^x)) along one axis, computed without overflow or cancellation.
 *
 *   x [..., A] -> y [..., A]
 *
 * Gradient: dx = dy - e^y * sum(dy).
 */
import type { GradientRule } from "../autograd/tape.js";
import type { Tensor } from "../tensor.js";
import { alongLast, lastAxisBackward } from "./last-axis.js";

const logSoftmaxRule: GradientRule<undefined> = {
  op: "logSoftmax",
  backward: (dy, node) => [lastAxisBackward("logSoftmaxBackward", dy, node.saved(0))],
};

/** Log-softmax along `axis` (default: the last). Float. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return alongLast("logSoftmax", logSoftmaxRule, x, axis);
}
