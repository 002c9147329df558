/**
 * softmax: e^x / sum(e^x) along one axis, computed without overflow.
 *
 *   x [..., A] -> y [..., A], the entries along the axis sum to 1
 *
 * Gradient: dx = y * (dy - sum(dy * y)).
 */
import type { GradientRule } from "../autograd/tape.js";
import type { Tensor } from "../tensor.js";
import { mul, sub } from "./binary.js";
import { differentiatedAgain } from "./dispatch.js";
import { alongLast, lastAxisBackward } from "./last-axis.js";
import { sum } from "./reduce.js";

const softmaxRule: GradientRule<undefined> = {
  op: "softmax",
  backward(dy, node) {
    const y = node.saved(0);
    if (!differentiatedAgain(dy, node)) return [lastAxisBackward("softmaxBackward", dy, y)];
    return [mul(y, sub(dy, sum(mul(dy, y), -1, { keepdims: true })))];
  },
};

/** Softmax along `axis` (default: the last). Float. */
export function softmax(x: Tensor, axis = -1): Tensor {
  return alongLast("softmax", softmaxRule, x, axis);
}
