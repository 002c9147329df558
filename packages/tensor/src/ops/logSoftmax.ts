/**
 * logSoftmax: x - log(sum(e^x)) along one axis, computed without overflow or cancellation.
 *
 *   x [..., A] -> y [..., A]
 *
 * Gradient: dx = dy - e^y * sum(dy).
 */
import type { GradientRule } from "../autograd/tape.js";
import type { Tensor } from "../tensor.js";
import { mul, sub } from "./binary.js";
import { differentiatedAgain } from "./dispatch.js";
import { alongLast, lastAxisBackward } from "./last-axis.js";
import { sum } from "./reduce.js";
import { exp } from "./unary.js";

const logSoftmaxRule: GradientRule<undefined> = {
  op: "logSoftmax",
  backward(dy, node) {
    const y = node.saved(0);
    if (!differentiatedAgain(dy, node)) return [lastAxisBackward("logSoftmaxBackward", dy, y)];
    return [sub(dy, mul(exp(y), sum(dy, -1, { keepdims: true })))];
  },
};

/** Log-softmax along `axis` (default: the last). Float. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return alongLast("logSoftmax", logSoftmaxRule, x, axis);
}
