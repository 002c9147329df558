/** Expressions of the IR, folded where their operands are constants: by JavaScript itself. */
import type { AnyNode } from "acorn";
import type { BinaryOp, CompareOp, Expr, Kind, UnaryOp } from "../ir/ir.js";
import type { Context } from "./context.js";
import { describe, type Value } from "./values.js";

const UNARY: Readonly<Record<UnaryOp, (a: number) => number>> = {
  neg: (a) => -a,
  bitnot: (a) => ~a,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: Math.round,
  abs: Math.abs,
  sign: Math.sign,
  sqrt: Math.sqrt,
  fround: Math.fround,
  clz32: Math.clz32,
};
const BINARY: Readonly<Record<BinaryOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  rem: (a, b) => a % b,
  bitand: (a, b) => a & b,
  bitor: (a, b) => a | b,
  bitxor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr: (a, b) => a >> b,
  ushr: (a, b) => a >>> b,
  min: Math.min,
  max: Math.max,
  imul: Math.imul,
};
const COMPARE: Readonly<Record<CompareOp, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
};

function number(expr: Expr): number | undefined {
  return expr.op === "const" && typeof expr.value === "number" ? expr.value : undefined;
}

/** `fn(a)`. */
export function unary(fn: UnaryOp, a: Expr): Expr {
  const known = number(a);
  if (known !== undefined) return { op: "const", value: UNARY[fn](known) };
  return { op: "unary", fn, a };
}

/** `fn(a, b)`. */
export function binary(fn: BinaryOp, a: Expr, b: Expr): Expr {
  const [x, y] = [number(a), number(b)];
  if (x !== undefined && y !== undefined) return { op: "const", value: BINARY[fn](x, y) };
  return { op: "binary", fn, a, b };
}

/** A comparison of two numbers, or the equality of two booleans. */
export function compare(fn: CompareOp, a: Expr, b: Expr): Expr {
  if (a.op === "const" && b.op === "const") {
    return { op: "const", value: COMPARE[fn](a.value as number, b.value as number) };
  }
  return { op: "compare", fn, a, b };
}

/** `!a`. */
export function not(a: Expr): Expr {
  if (a.op === "const") return { op: "const", value: !a.value };
  return a.op === "not" ? a.a : { op: "not", a };
}

/** `a && b`, `a || b` of booleans without side effects. */
export function logic(fn: "and" | "or", a: Expr, b: Expr): Expr {
  if (b.op === "const" && b.value === (fn === "and")) return a;
  return { op: "logic", fn, a, b };
}

/** `test ? a : b`. */
export function select(test: Expr, a: Expr, b: Expr): Expr {
  if (test.op === "const") return test.value ? a : b;
  return { op: "select", test, a, b };
}

/** Whether a value counts as true. */
export function truthOf(kind: Kind, expr: Expr): Expr {
  if (kind === "boolean") return expr;
  if (expr.op === "const") return { op: "const", value: Boolean(expr.value) };
  return compare("gt", unary("abs", expr), { op: "const", value: 0 });
}

/** A number as it is, a boolean as 0 or 1. */
export function toNumber(cx: Context, node: AnyNode, value: Value): Expr {
  if (value.is !== "scalar") {
    throw cx.refuse(node, `${describe(value)} is no number`, "a game computes with numbers");
  }
  if (value.kind === "number") return value.expr;
  if (value.expr.op === "const") return { op: "const", value: Number(value.expr.value) };
  return { op: "number", a: value.expr };
}
