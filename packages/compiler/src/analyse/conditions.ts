/** What a condition tells about the numbers it compares, where it holds and where it does not. */
import type { CompareOp, Expr } from "../ir/ir.js";
import { isNone, type Range } from "../ir/range.js";
import { type Env, joinWays, type Slot } from "./env.js";

/** Gives the range of an expression at a place. */
export type Evaluate = (env: Env, expr: Expr) => Range;

/** The place behind a condition, if it can be reached; changes `env`, which belongs to the callee. */
export function assume(
  env: Env | undefined,
  test: Expr,
  holds: boolean,
  evaluate: Evaluate,
): Env | undefined {
  if (!env) return undefined;
  switch (test.op) {
    case "const":
      return test.value === holds ? env : undefined;
    case "not":
      return assume(env, test.a, !holds, evaluate);
    case "logic": {
      const isBoth = (test.fn === "and") === holds;
      if (isBoth) return assume(assume(env, test.a, holds, evaluate), test.b, holds, evaluate);
      const first = assume(env.copy(), test.a, holds, evaluate);
      const second = assume(assume(env, test.a, !holds, evaluate), test.b, holds, evaluate);
      return joinWays(first, second);
    }
    case "compare":
      return assumeComparison(env, test, holds, evaluate);
    default:
      return env;
  }
}

const OPPOSITE: Readonly<Record<CompareOp, CompareOp>> = {
  lt: "ge",
  ge: "lt",
  le: "gt",
  gt: "le",
  eq: "ne",
  ne: "eq",
};
const MIRROR: Readonly<Record<CompareOp, CompareOp>> = {
  lt: "gt",
  gt: "lt",
  le: "ge",
  ge: "le",
  eq: "eq",
  ne: "ne",
};

function assumeComparison(
  env: Env,
  test: Extract<Expr, { op: "compare" }>,
  holds: boolean,
  evaluate: Evaluate,
): Env | undefined {
  const fn = holds ? test.fn : OPPOSITE[test.fn];
  // A comparison that fails may do so because of NaN; `ne` is the one that holds for it.
  const isOrdered = holds ? test.fn !== "ne" : test.fn === "ne";
  const a = evaluate(env, test.a);
  const b = evaluate(env, test.b);
  const left = narrowed(a, fn, b, isOrdered);
  const right = narrowed(b, MIRROR[fn], a, isOrdered);
  if (isNone(left) !== isNone(a) || isNone(right) !== isNone(b)) return undefined;
  const [slotA, slotB] = [slotOf(test.a), slotOf(test.b)];
  if (slotA && left !== a) env.set(slotA, left);
  if (slotB && right !== b) env.set(slotB, right);
  return env;
}

/** One side, as the comparison leaves it. */
function narrowed(range: Range, fn: CompareOp, bound: Range, isOrdered: boolean): Range {
  if (isNone(range) || isNone(bound) || (!isOrdered && bound.nan)) return range;
  const next = narrow(range, fn, bound);
  return isOrdered ? { ...next, nan: false } : next;
}

function narrow(range: Range, fn: CompareOp, bound: Range): Range {
  const step = range.whole && bound.whole ? 1 : 0;
  let { lo, hi } = range;
  if (fn === "lt") hi = Math.min(hi, bound.hi - step);
  if (fn === "le") hi = Math.min(hi, bound.hi);
  if (fn === "gt") lo = Math.max(lo, bound.lo + step);
  if (fn === "ge") lo = Math.max(lo, bound.lo);
  if (fn === "eq") {
    lo = Math.max(lo, bound.lo);
    hi = Math.min(hi, bound.hi);
  }
  if (fn === "ne" && range.whole && bound.lo === bound.hi && !bound.nan) {
    if (lo === bound.lo) lo += 1;
    if (hi === bound.lo) hi -= 1;
  }
  return { ...range, lo, hi, negZero: range.negZero && lo <= 0 && hi >= 0 };
}

function slotOf(expr: Expr): Slot | undefined {
  if (expr.op === "var") return expr.variable;
  return expr.op === "field" && expr.object === "self" ? expr.field : undefined;
}
