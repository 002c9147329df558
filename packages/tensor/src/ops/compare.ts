/**
 * compare: elementwise comparisons and logic that broadcast; the result is bool and carries no
 * gradient.
 *
 * Comparisons with NaN are false, except notEqual. Both sides have one dtype, any; the logical ops
 * take bool. True is greater than false.
 */
import { noParams } from "../op-params.js";
import { broadcastShape } from "../shape.js";
import type { Operand, Tensor } from "../tensor.js";
import {
  broadcastTo,
  checkDtype,
  checkSameDevice,
  checkSameDtype,
  emptyLike,
  toTensor,
} from "./dispatch.js";

type CompareOp = "equal" | "notEqual" | "less" | "lessEqual" | "greater" | "greaterEqual";
type LogicalOp = "logicalAnd" | "logicalOr" | "logicalXor";

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
/** Whether both are true; bool operands. */
export const logicalAnd = (a: Operand, b: Operand): Tensor => compare("logicalAnd", a, b);
/** Whether at least one is true; bool operands. */
export const logicalOr = (a: Operand, b: Operand): Tensor => compare("logicalOr", a, b);
/** Whether exactly one is true; bool operands. */
export const logicalXor = (a: Operand, b: Operand): Tensor => compare("logicalXor", a, b);

function compare(op: CompareOp | LogicalOp, left: Operand, right: Operand): Tensor {
  const a = toTensor(op, left, right);
  const b = toTensor(op, right, left);
  checkSameDevice(op, a, b);
  checkSameDtype(op, a, b);
  if (op.startsWith("logical")) checkDtype(op, a, "bool", "a");
  const shape = broadcastShape(op, a.shape, b.shape);
  const out = emptyLike([a, b], "bool", shape);
  a.device.backend.run(op, [broadcastTo(op, a, shape), broadcastTo(op, b, shape)], [out], noParams);
  return out;
}
