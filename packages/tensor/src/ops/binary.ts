/**
 * binary: elementwise functions of two tensors (or a tensor and a number) that broadcast against
 * each other; the result is dense.
 *
 * A table: each op is one line of gradient and one line of function. Gradients are summed over
 * whatever was broadcast.
 *
 *   y = f(a, b)   da                             db
 *   add           dy                             dy
 *   sub           dy                             -dy
 *   mul           dy * b                         dy * a
 *   div           dy / b                         -dy * y / b
 *   pow a^b       dy * b * a^(b-1)               dy * y * ln a    (0 where a = 0)
 *   mod           dy                             -dy * floor(a / b)
 *   floorDivide   none                           none
 *   minimum       dy where a < b, half at ties   dy where b < a, half at ties
 *   maximum       dy where a > b, half at ties   dy where b > a, half at ties
 *
 * float32, float64 and int32 (modulo 2^32), both operands of one dtype; `div` float only.
 */
import { sumTo } from "../autograd/sum-to.js";
import { activeTape, type GradientRule, record, taped } from "../autograd/tape.js";
import { DtypeError } from "../errors.js";
import { noParams } from "../op-params.js";
import { broadcastShape, type Shape } from "../shape.js";
import type { Operand, Tensor } from "../tensor.js";
import { equal, greater, less } from "./compare.js";
import {
  broadcastTo,
  checkFloat,
  checkNumeric,
  checkSameDevice,
  checkSameDtype,
  emptyLike,
  toTensor,
} from "./dispatch.js";
import { log, neg } from "./unary.js";
import { where } from "./where.js";

type BinaryOp = "add" | "sub" | "mul" | "div" | "pow" | "minimum" | "maximum" | "mod";

interface Shapes {
  readonly a: Shape;
  readonly b: Shape;
}

/** What the two gradients read: any of a, b and y. */
interface Saved {
  readonly a: () => Tensor;
  readonly b: () => Tensor;
  readonly y: () => Tensor;
}

interface BinaryRule extends GradientRule<Shapes> {
  readonly op: BinaryOp;
  /** For `da` and `db` in turn: letters of the values that it reads. */
  readonly reads: readonly [string, string];
}

type Part = (dy: Tensor, saved: Saved) => Tensor;

function rule(op: BinaryOp, reads: readonly [string, string], da: Part, db: Part): BinaryRule {
  return {
    op,
    reads,
    backward(dy, node) {
      const { a, b } = node.params;
      const saved = { a: () => node.saved(0), b: () => node.saved(1), y: () => node.saved(2) };
      return [
        node.needs(0) ? sumTo(da(dy, saved), a) : undefined,
        node.needs(1) ? sumTo(db(dy, saved), b) : undefined,
      ];
    },
  };
}

/** `dy` where the first is chosen, half of it at ties. */
function chosen(dy: Tensor, strictly: Tensor, tie: Tensor): Tensor {
  return where(strictly, dy, where(tie, mul(dy, 0.5), 0));
}

const addRule = rule(
  "add",
  ["", ""],
  (dy) => dy,
  (dy) => dy,
);
const subRule = rule(
  "sub",
  ["", ""],
  (dy) => dy,
  (dy) => neg(dy),
);
const mulRule = rule(
  "mul",
  ["b", "a"],
  (dy, { b }) => mul(dy, b()),
  (dy, { a }) => mul(dy, a()),
);
const divRule = rule(
  "div",
  ["b", "by"],
  (dy, { b }) => div(dy, b()),
  (dy, { b, y }) => neg(div(mul(dy, y()), b())),
);
const powRule = rule(
  "pow",
  ["ab", "ay"],
  (dy, { a, b }) => mul(dy, mul(b(), pow(a(), sub(b(), 1)))),
  (dy, { a, y }) => mul(dy, where(equal(a(), 0), 0, mul(y(), log(a())))),
);
const modRule = rule(
  "mod",
  ["", "ab"],
  (dy) => dy,
  (dy, { a, b }) => neg(mul(dy, floorDivide(a(), b()))),
);
const minimumRule = rule(
  "minimum",
  ["ab", "ab"],
  (dy, { a, b }) => chosen(dy, less(a(), b()), equal(a(), b())),
  (dy, { a, b }) => chosen(dy, less(b(), a()), equal(a(), b())),
);
const maximumRule = rule(
  "maximum",
  ["ab", "ab"],
  (dy, { a, b }) => chosen(dy, greater(a(), b()), equal(a(), b())),
  (dy, { a, b }) => chosen(dy, greater(b(), a()), equal(a(), b())),
);

/** a + b. Float or int32. */
export const add = (a: Operand, b: Operand): Tensor => apply(addRule, a, b, true);
/** a - b. Float or int32. */
export const sub = (a: Operand, b: Operand): Tensor => apply(subRule, a, b, true);
/** a * b. Float or int32 (modulo 2^32). */
export const mul = (a: Operand, b: Operand): Tensor => apply(mulRule, a, b, true);
/** a / b. Float; for whole quotients of int32 see {@link floorDivide}. */
export const div = (a: Operand, b: Operand): Tensor => apply(divRule, a, b, false);
/**
 * a to the power of b. Float, NaN for negative a and fractional b; or int32, modulo 2^32 and rounded
 * towards 0 for negative b.
 */
export const pow = (a: Operand, b: Operand): Tensor => apply(powRule, a, b, true);
/** The smaller of the two; NaN if either is. Float or int32. */
export const minimum = (a: Operand, b: Operand): Tensor => apply(minimumRule, a, b, true);
/** The larger of the two; NaN if either is. Float or int32. */
export const maximum = (a: Operand, b: Operand): Tensor => apply(maximumRule, a, b, true);
/** What division leaves, with b's sign (Python's %). Float or int32 (0 where b is 0). */
export const mod = (a: Operand, b: Operand): Tensor => apply(modRule, a, b, true);
/** The quotient rounded down. Float or int32 (0 where b is 0). No gradient. */
export function floorDivide(a: Operand, b: Operand): Tensor {
  const { out } = run("floorDivide", a, b, true);
  return out;
}

function apply(rule: BinaryRule, left: Operand, right: Operand, integers: boolean): Tensor {
  const { a, b, out } = run(rule.op, left, right, integers);
  return activeTape() === undefined ? out : recorded(rule, a, b, out);
}

function run(
  op: BinaryOp | "floorDivide",
  left: Operand,
  right: Operand,
  integers: boolean,
): { a: Tensor; b: Tensor; out: Tensor } {
  const a = toTensor(op, left, right);
  const b = toTensor(op, right, left);
  checkSameDevice(op, a, b);
  checkSameDtype(op, a, b);
  if (integers) checkNumeric(op, a);
  else checkDivisible(op, a);
  const shape = broadcastShape(op, a.shape, b.shape);
  const out = emptyLike([a, b], a.dtype, shape);
  a.device.backend.run(op, [broadcastTo(op, a, shape), broadcastTo(op, b, shape)], [out], noParams);
  return { a, b, out };
}

function checkDivisible(op: string, a: Tensor): void {
  if (a.dtype === "int32") {
    throw new DtypeError(
      op,
      "has no int32 result (got int32, expected float32; cast the operands, or use floorDivide)",
    );
  }
  checkFloat(op, a, "a");
}

function recorded(rule: BinaryRule, a: Tensor, b: Tensor, out: Tensor): Tensor {
  const reads = (taped(a) ? rule.reads[0] : "") + (taped(b) ? rule.reads[1] : "");
  const saved = [
    reads.includes("a") ? a : undefined,
    reads.includes("b") ? b : undefined,
    reads.includes("y") ? out : undefined,
  ];
  return record(out, rule, [a, b], saved, { a: a.shape, b: b.shape });
}
