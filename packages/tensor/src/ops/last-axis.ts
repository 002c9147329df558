/**
 * last-axis: what softmax and logSoftmax share. Kernels work along the last dimension; any other
 * axis is swapped there and back, by views.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { scope } from "../lifetime.js";
import { noParams } from "../op-params.js";
import { normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkFloat, empty } from "./dispatch.js";
import { hasEvenRows, prepared } from "./layout.js";
import { transpose } from "./permute.js";

/** Runs `op` along `axis`. The rule finds the output, with that axis last, as `saved(0)`. */
export function alongLast(
  op: "softmax" | "logSoftmax",
  rule: GradientRule<undefined>,
  x: Tensor,
  axis: number,
): Tensor {
  checkAlive(op, x);
  checkFloat(op, x);
  const at = normalizeAxis(op, axis, x.rank);
  if (at !== x.rank - 1) {
    return scope(() => transpose(alongLast(op, rule, transpose(x, at, -1), -1), at, -1));
  }
  const out = empty(x.device, x.dtype, x.shape);
  prepared([x], [hasEvenRows], (inputs) => x.device.backend.run(op, inputs, [out], noParams));
  return activeTape() === undefined ? out : record(out, rule, [x], [out], undefined);
}

/** dx from dy and the output, all with the axis last. */
export function lastAxisBackward(
  op: "softmaxBackward" | "logSoftmaxBackward",
  dy: Tensor,
  y: Tensor,
): Tensor {
  const dx = empty(dy.device, dy.dtype, dy.shape);
  prepared([dy, y], [hasEvenRows, hasEvenRows], (inputs) => {
    dy.device.backend.run(op, inputs, [dx], noParams);
  });
  return dx;
}
