/** Calls: of the game's methods, of functions, of Math, of arrays and of the canvas. */
import type { AnyNode, CallExpression } from "acorn";
import type { Callable, Expr, Fn, ObjectName, Shape, UnaryOp, Variable } from "../ir/ir.js";
import { callArrayMethod } from "./arrays.js";
import type { Context } from "./context.js";
import { asNumber, lowerExpression, lowerList } from "./expressions.js";
import { binary, toNumber, truthOf, unary } from "./fold.js";
import { translate } from "./functions.js";
import { findMember } from "./members.js";
import { constant, describe, numeric, truth, type Value } from "./values.js";

/** What a call gives. */
export function lowerCall(cx: Context, node: CallExpression): Value {
  if (node.optional) throw cx.refuse(node, "`?.` is not supported", "no value is missing");
  const { callee } = node;
  if (callee.type === "Super") throw cx.refuse(node, "super() is not supported", "use methods");
  if (callee.type === "MemberExpression" && callee.object.type === "Super") {
    return callSuper(cx, node, callee.property);
  }
  const fn = lowerExpression(cx, callee);
  const args = lowerList(cx, node.arguments);
  if (fn.is === "method") return callMember(cx, node, fn, args);
  if (fn.is !== "live" || typeof fn.value !== "function") {
    throw cx.refuse(node, `${describe(fn)} cannot be called`, "call methods and functions");
  }
  return callLive(cx, node, fn.value as Callable, args);
}

function callMember(
  cx: Context,
  node: CallExpression,
  { of, name }: Extract<Value, { is: "method" }>,
  args: readonly Value[],
): Value {
  if (of.is === "canvas") return paint(cx, node, name, args);
  if (of.is !== "object") return callArrayMethod(cx, node, of, name, args);
  const found = findMember(cx.builder.game, name);
  if (!found?.value) throw new Error(`${name} was found before`);
  return callMethod(cx, node, found.value, found.home, of.object, name, args);
}

function callSuper(cx: Context, node: CallExpression, property: AnyNode): Value {
  const name = property.type === "Identifier" ? property.name : "";
  const found = cx.home && findMember(cx.home, name);
  if (!found?.value || !cx.self) {
    throw cx.refuse(node, `there is no super.${name}`, "is it spelled as it is declared?");
  }
  const args = lowerList(cx, node.arguments);
  return callMethod(cx, node, found.value, found.home, cx.self, name, args);
}

/** Calls a method or getter of the game. */
export function callMethod(
  cx: Context,
  node: AnyNode,
  method: Callable,
  home: object,
  self: ObjectName,
  name: string,
  args: readonly Value[],
): Value {
  const owner = `${home.constructor.name}.${name}`;
  const fn = translate(cx.builder, { callee: method, owner, self, home, args, at: { cx, node } });
  return callFn(cx, node, fn, args);
}

const UNARY: readonly [Callable, UnaryOp][] = [
  [Math.floor, "floor"],
  [Math.ceil, "ceil"],
  [Math.trunc, "trunc"],
  [Math.round, "round"],
  [Math.abs, "abs"],
  [Math.sign, "sign"],
  [Math.sqrt, "sqrt"],
  [Math.fround, "fround"],
  [Math.clz32, "clz32"],
];

function callLive(cx: Context, node: CallExpression, fn: Callable, args: readonly Value[]): Value {
  const op = UNARY.find(([known]) => known === fn)?.[1];
  if (op) return numeric(unary(op, argument(cx, node, args, 0)));
  if (fn === Math.imul) {
    return numeric(binary("imul", argument(cx, node, args, 0), argument(cx, node, args, 1)));
  }
  if (fn === Math.min || fn === Math.max) return extreme(cx, node, fn === Math.min, args);
  if (fn === Number && args.length === 1) return numeric(toNumber(cx, node, args[0]));
  if (fn === Boolean && args[0]?.is === "scalar") {
    return truth(truthOf(args[0].kind, args[0].expr));
  }
  if (fn === Number.isNaN) {
    const value = cx.keep(argument(cx, node, args, 0), "number");
    return truth({ op: "compare", fn: "ne", a: value, b: value });
  }
  refuseForeign(cx, node, fn);
  const name = fn.name === "" ? "an arrow function" : fn.name;
  const at = { cx, node };
  const parts = { callee: fn, owner: name, self: undefined, home: undefined, args, at };
  return callFn(cx, node, translate(cx.builder, parts), args);
}

function argument(cx: Context, node: CallExpression, args: readonly Value[], i: number): Expr {
  const value = args[i];
  if (value) return asNumber(cx, node.arguments[i], value);
  throw cx.refuse(node, `argument ${i + 1} is missing`, "pass all arguments");
}

function extreme(cx: Context, node: CallExpression, isMin: boolean, args: readonly Value[]): Value {
  if (args.length === 0) return constant(isMin ? Infinity : -Infinity);
  const numbers = args.map((_, i) => argument(cx, node, args, i));
  return numeric(numbers.reduce((a, b) => binary(isMin ? "min" : "max", a, b)));
}

const PORTABLE =
  /^(sinh?|cosh?|tanh?|a(sin|cos|tan)h?|atan2|exp|expm1|log(1p|2|10)?|pow|cbrt|hypot)$/;

function refuseForeign(cx: Context, node: CallExpression, fn: Callable): void {
  if (fn === Math.random) {
    const help = "draw from a Uint32Array(4) that is a field: nextFloat(this.random)";
    throw cx.refuse(node, "Math.random cannot be seeded", help);
  }
  if (PORTABLE.test(fn.name) && Object.getOwnPropertyDescriptor(Math, fn.name)?.value === fn) {
    const help = "use the portable functions of @carom/envs, such as sin and cos";
    throw cx.refuse(node, `Math.${fn.name} differs between engines in the last bit`, help);
  }
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}$/.test(text)) {
    const help = "there is no such function on a GPU: a game computes with its own fields only";
    throw cx.refuse(node, `${fn.name || "this function"} is not supported`, help);
  }
}

/** Emits the call of a translated function. */
function callFn(cx: Context, node: AnyNode, fn: Fn, args: readonly Value[]): Value {
  const scalars = args.flatMap((value) => (value.is === "scalar" ? [value.expr] : []));
  if (scalars.length < fn.params.length) throw cx.refuse(node, "arguments are missing", "pass all");
  const results = fn.results.map((kind): Variable => cx.variable("r", kind, false));
  cx.fn.calls.add(fn);
  cx.emit({ op: "call", fn, args: scalars.slice(0, fn.params.length), results });
  const values = results.map(
    (variable): Value => ({ is: "scalar", kind: variable.kind, expr: { op: "var", variable } }),
  );
  if (values.length === 1) return values[0];
  return values.length === 0 ? { is: "live", value: undefined } : { is: "tuple", items: values };
}

const SHAPES: Readonly<Record<Shape, readonly [number, number]>> = {
  background: [1, 1],
  rect: [5, 6],
  circle: [4, 5],
  line: [6, 6],
  digits: [5, 5],
};

function paint(cx: Context, node: CallExpression, name: string, args: readonly Value[]): Value {
  const counts = Object.hasOwn(SHAPES, name) ? SHAPES[name as Shape] : undefined;
  if (!counts) throw cx.refuse(node, `the canvas has no ${name}`, "see Canvas in @carom/envs");
  const [least, most] = counts;
  if (args.length < least) throw cx.refuse(node, `${name} takes ${least} arguments`, "pass all");
  const numbers = args.slice(0, most).map((value, i) => asNumber(cx, node.arguments[i], value));
  if (numbers.length < most) numbers.push({ op: "const", value: 1 });
  cx.fn.paints = true;
  cx.emit({ op: "paint", shape: name as Shape, args: numbers });
  return { is: "live", value: undefined };
}
