/**
 * compare: elementwise comparisons that broadcast; the result is bool and carries no gradient.
 *
 * Comparisons with NaN are false, except notEqual. Both sides have one dtype, float or int32.
 */
import { noParams } from "../op-params.js";
import { broadcastShape } from "../shape.js";
import type { Operand, Tensor } from "../tensor.js";
import {
  broadcastTo,
  checkNumeric,
  checkSameDevice,
  checkSameDtype,
  empty,
  toTensor,
} from "./dispatch.js";

type CompareOp = "equal" | "notEqual" | "less" | "lessEqual" | "greater" | "greaterEqual";

/** a == b, elementwise. */
export const equal = (a: Operand, b: Operand): Tensor => compare("equal", a, b);
/** a != b, elementwise. */
export const notEqual = (a: Operand, b: Operand): Tensor => compare("notEqual", a, b);
/** a < b, elementwise. */
export const less = (a: Operand, b: Operand): Tensor => compare("less", a, b);
/** a <= b, elementwise. */
export const lessEqual = (a: Operand, b: Operand): Tensor => compare("lessEqual", a, b);
/** a > b, elementwise. */
export const greater = (a: Operand, b: Operand): Tensor => compare("greater", a, b);
/** a >= b, elementwise. */
export const greaterEqual = (a: Operand, b: Operand): Tensor => compare("greaterEqual", a, b);

function compare(op: CompareOp, left: Operand, right: Operand): Tensor {
  const a = toTensor(op, left, right);
  const b = toTensor(op, right, left);
  checkSameDevice(op, a, b);
  checkSameDtype(op, a, b);
  checkNumeric(op, a);
  const shape = broadcastShape(op, a.shape, b.shape);
  const out = empty(a.device, "bool", shape);
  a.device.backend.run(op, [broadcastTo(op, a, shape), broadcastTo(op, b, shape)], [out], noParams);
  return out;
}
