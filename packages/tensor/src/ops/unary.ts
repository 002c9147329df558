/**
 * unary: elementwise functions of one tensor, any shape and layout; the result is dense.
 *
 * A table: each op is one line of gradient and one line of function.
 *
 *   y = f(x)              dx
 *   neg -x                -dy
 *   abs |x|               dy * sign(x)           (0 at 0)
 *   exp                   dy * y
 *   log                   dy / x
 *   sqrt                  dy / (2 y)
 *   tanh                  dy * (1 - y^2)
 *   sigmoid 1/(1+e^-x)    dy * y * (1 - y)
 *   relu max(x, 0)        dy where y > 0         (0 at 0)
 *   square x^2            dy * 2 x
 *   reciprocal 1/x        -dy * y^2
 *   log1p log(1 + x)      dy / (1 + x)
 *   expm1 e^x - 1         dy * (y + 1)
 *   rsqrt 1/sqrt(x)       -dy * y^3 / 2
 *   sin                   dy * cos(x)
 *   cos                   -dy * sin(x)
 *   erf                   dy * 2 / sqrt(pi) * e^(-x^2)
 *   sign, floor, ceil, round                0
 *   isFinite, isNaN, logicalNot             none (the result is bool)
 *
 * float32 and float64; neg, abs, relu, square and sign also take int32 (modulo 2^32).
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import type { DType } from "../dtype.js";
import { noParams } from "../op-params.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./binary.js";
import { greater } from "./compare.js";
import { checkAlive, checkDtype, checkFloat, emptyLike } from "./dispatch.js";
import { where } from "./where.js";

type UnaryOp =
  | ("neg" | "abs" | "exp" | "log" | "sqrt" | "tanh" | "sigmoid" | "relu" | "square")
  | ("log1p" | "expm1" | "rsqrt" | "sin" | "cos" | "erf")
  | ("reciprocal" | "sign" | "floor" | "ceil" | "round" | "isFinite" | "isNaN" | "logicalNot");

type Saves = "x" | "y" | "nothing";

interface UnaryRule extends GradientRule<undefined> {
  readonly op: UnaryOp;
  /** Which value the gradient reads back as `node.saved(0)`. */
  readonly saves: Saves;
}

/** A rule whose gradient is a function of dy and of the one saved value. */
function rule(op: UnaryOp, saves: Saves, dx: (dy: Tensor, saved: Tensor) => Tensor): UnaryRule {
  return {
    op,
    saves,
    backward: (dy, node) => [dx(dy, saves === "nothing" ? dy : node.saved(0))],
  };
}

const negRule = rule("neg", "nothing", (dy) => neg(dy));
const absRule = rule("abs", "x", (dy, x) => mul(dy, sign(x)));
const expRule = rule("exp", "y", (dy, y) => mul(dy, y));
const logRule = rule("log", "x", (dy, x) => div(dy, x));
const sqrtRule = rule("sqrt", "y", (dy, y) => div(mul(dy, 0.5), y));
const tanhRule = rule("tanh", "y", (dy, y) => mul(dy, sub(1, square(y))));
const sigmoidRule = rule("sigmoid", "y", (dy, y) => mul(dy, mul(y, sub(1, y))));
const reluRule = rule("relu", "y", (dy, y) => where(greater(y, 0), dy, 0));
const squareRule = rule("square", "x", (dy, x) => mul(dy, add(x, x)));
const reciprocalRule = rule("reciprocal", "y", (dy, y) => neg(mul(dy, square(y))));
const log1pRule = rule("log1p", "x", (dy, x) => div(dy, add(x, 1)));
const expm1Rule = rule("expm1", "y", (dy, y) => mul(dy, add(y, 1)));
const rsqrtRule = rule("rsqrt", "y", (dy, y) => mul(mul(dy, -0.5), mul(y, square(y))));
const sinRule = rule("sin", "x", (dy, x) => mul(dy, cos(x)));
const cosRule = rule("cos", "x", (dy, x) => neg(mul(dy, sin(x))));
const erfRule = rule("erf", "x", (dy, x) =>
  mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
);

/** -x. */
export const neg = (x: Tensor): Tensor => differentiable(x, negRule);
/** |x|. */
export const abs = (x: Tensor): Tensor => differentiable(x, absRule);
/** e^x. */
export const exp = (x: Tensor): Tensor => differentiable(x, expRule);
/** Natural logarithm; NaN below 0. */
export const log = (x: Tensor): Tensor => differentiable(x, logRule);
/** Square root; NaN below 0. */
export const sqrt = (x: Tensor): Tensor => differentiable(x, sqrtRule);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => differentiable(x, tanhRule);
/** 1 / (1 + e^-x). */
export const sigmoid = (x: Tensor): Tensor => differentiable(x, sigmoidRule);
/** max(x, 0); NaN stays NaN. */
export const relu = (x: Tensor): Tensor => differentiable(x, reluRule);
/** x * x. */
export const square = (x: Tensor): Tensor => differentiable(x, squareRule);
/** 1 / x. */
export const reciprocal = (x: Tensor): Tensor => differentiable(x, reciprocalRule);
/** log(1 + x), accurate near 0; NaN below -1. */
export const log1p = (x: Tensor): Tensor => differentiable(x, log1pRule);
/** e^x - 1, accurate near 0. */
export const expm1 = (x: Tensor): Tensor => differentiable(x, expm1Rule);
/** 1 / sqrt(x); NaN below 0. */
export const rsqrt = (x: Tensor): Tensor => differentiable(x, rsqrtRule);
/** Sine; x in radians, of any size. */
export const sin = (x: Tensor): Tensor => differentiable(x, sinRule);
/** Cosine; x in radians, of any size. */
export const cos = (x: Tensor): Tensor => differentiable(x, cosRule);
/** Error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
export const erf = (x: Tensor): Tensor => differentiable(x, erfRule);
/** -1, 0 or 1 by the sign of x. Its gradient is 0. */
export const sign = (x: Tensor): Tensor => apply("sign", checkedFloat("sign", x), x.dtype);
/** The largest integer not above x. Its gradient is 0. */
export const floor = (x: Tensor): Tensor => apply("floor", checkedFloat("floor", x), x.dtype);
/** The smallest integer not below x. Its gradient is 0. */
export const ceil = (x: Tensor): Tensor => apply("ceil", checkedFloat("ceil", x), x.dtype);
/** The nearest integer, halves to the even neighbour. Its gradient is 0. */
export const round = (x: Tensor): Tensor => apply("round", checkedFloat("round", x), x.dtype);
/** Whether x is NaN; bool. Public name: isNaN. */
export const notANumber = (x: Tensor): Tensor => apply("isNaN", checkedFloat("isNaN", x), "bool");
/** Whether x is neither infinite nor NaN; bool. Public name: isFinite. */
export const finite = (x: Tensor): Tensor => apply("isFinite", checkedFloat("isFinite", x), "bool");

/** Whether a bool tensor is false; bool. */
export function logicalNot(x: Tensor): Tensor {
  checkAlive("logicalNot", x);
  checkDtype("logicalNot", x, "bool", "x");
  return apply("logicalNot", x, "bool");
}

/** The ops that make sense of integers. */
const integerOps = new Set(["neg", "abs", "relu", "square", "sign"]);

function checkedFloat(op: string, x: Tensor): Tensor {
  checkAlive(op, x);
  if (x.dtype !== "int32" || !integerOps.has(op)) checkFloat(op, x);
  return x;
}

function apply(op: UnaryOp, x: Tensor, dtype: DType): Tensor {
  const out = emptyLike([x], dtype, x.shape);
  x.device.backend.run(op, [x], [out], noParams);
  return out;
}

function differentiable(x: Tensor, rule: UnaryRule): Tensor {
  const out = apply(rule.op, checkedFloat(rule.op, x), x.dtype);
  if (activeTape() === undefined) return out;
  const saved = rule.saves === "nothing" ? [] : [rule.saves === "x" ? x : out];
  return record(out, rule, [x], saved, undefined);
}
