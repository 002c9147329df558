/**
 * last-axis: what softmax and logSoftmax share. Kernels work along the last dimension, which is dense,
 * or has a dense one before it: any other axis becomes the last of [P, Q, A] by views alone.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { scope } from "../lifetime.js";
import { noParams } from "../op-params.js";
import { elementCount, normalizeAxis } from "../shape.js";
import { type Tensor, viewOf } from "../tensor.js";
import { checkAlive, checkFloat, empty } from "./dispatch.js";
import { hasDenseRows, hasEvenRows, hasUnitStride, prepared } from "./layout.js";
import { transpose } from "./permute.js";
import { reshape } from "./reshape.js";

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
  if (at !== x.rank - 1) return scope(() => alongMiddle(op, rule, x, at));
  const out = emptyLike(x, isAcross(x));
  prepared([x], [fitsKernel], (inputs) => x.device.backend.run(op, inputs, [out], noParams));
  return activeTape() === undefined ? out : record(out, rule, [x], [out], undefined);
}

/** x as [P, A, Q], and that as [P, Q, A]. */
function alongMiddle(
  op: "softmax" | "logSoftmax",
  rule: GradientRule<undefined>,
  x: Tensor,
  at: number,
): Tensor {
  const [before, size] = [elementCount(x.shape.slice(0, at)), x.shape[at]];
  const split = reshape(x, [before, size, elementCount(x.shape.slice(at + 1))]);
  return reshape(transpose(alongLast(op, rule, transpose(split), -1)), x.shape);
}

/** dx from dy and the output, all with the axis last. */
export function lastAxisBackward(
  op: "softmaxBackward" | "logSoftmaxBackward",
  dy: Tensor,
  y: Tensor,
): Tensor {
  const across = isAcross(dy) && isAcross(y);
  const dx = emptyLike(y, across);
  const test = across ? isAcross : hasEvenRows;
  prepared([dy, y], [test, test], (inputs) => {
    dy.device.backend.run(op, inputs, [dx], noParams);
  });
  return dx;
}

/** Whether x is [P, Q, A] or [Q, A] with Q dense and A not. */
function isAcross(x: Tensor): boolean {
  if (x.rank < 2 || x.rank > 3 || hasDenseRows(x)) return false;
  return hasUnitStride(x, x.rank - 2);
}

function fitsKernel(x: Tensor): boolean {
  return isAcross(x) || hasEvenRows(x);
}

/** A new tensor of x's shape, dense in row-major order or with its last two dimensions swapped. */
function emptyLike(x: Tensor, across: boolean): Tensor {
  if (!across) return empty(x.device, x.dtype, x.shape);
  const lead = x.shape.slice(0, -2);
  const [inner, columns] = x.shape.slice(-2);
  const holder = empty(x.device, x.dtype, [...lead, columns, inner]);
  const strides = [...holder.strides.slice(0, -2), 1, holder.strides[holder.rank - 2]];
  return viewOf(holder.storage, x.shape, strides, 0);
}
