/** Expressions: what a piece of the game's text computes. */
import type {
  AnyNode,
  ArrayExpression,
  BinaryExpression,
  ConditionalExpression,
  Expression,
  Identifier,
  Literal,
  LogicalExpression,
  NewExpression,
  SpreadElement,
  UnaryExpression,
} from "acorn";
import type { BinaryOp, CompareOp, Expr, Kind, Store } from "../ir/ir.js";
import { lowerAssignment, lowerUpdate } from "./assign.js";
import { lowerCall } from "./calls.js";
import type { Context } from "./context.js";
import { binary, compare, logic, not, select, toNumber, truthOf, unary } from "./fold.js";
import { liveValue, lowerMember } from "./members.js";
import { lowerEffect } from "./statements.js";
import { constant, describe, elementOfClass, numeric, truth, type Value } from "./values.js";

/** What the expression is; statements that it needs are emitted before. */
export function lowerExpression(cx: Context, node: Expression): Value {
  switch (node.type) {
    case "Literal":
      return lowerLiteral(cx, node);
    case "Identifier":
      return lowerName(cx, node);
    case "ThisExpression":
      if (cx.self) return { is: "object", object: cx.self };
      throw cx.refuse(node, "`this` outside of a method", "pass what is needed as arguments");
    case "MemberExpression":
      return lowerMember(cx, node);
    case "UnaryExpression":
      return lowerUnary(cx, node);
    case "BinaryExpression":
      return lowerBinary(cx, node);
    case "LogicalExpression":
      return lowerLogical(cx, node);
    case "ConditionalExpression":
      return lowerConditional(cx, node);
    case "AssignmentExpression":
      return lowerAssignment(cx, node, true);
    case "UpdateExpression":
      return lowerUpdate(cx, node, true);
    case "SequenceExpression":
      return lowerSequence(cx, node.expressions);
    case "ArrayExpression":
      return lowerTuple(cx, node);
    case "CallExpression":
      return lowerCall(cx, node);
    case "NewExpression":
      return lowerNew(cx, node);
    case "ParenthesizedExpression":
      return lowerExpression(cx, node.expression);
    default:
      throw refusal(cx, node);
  }
}

/** A number. */
export function lowerNumber(cx: Context, node: Expression): Expr {
  return asNumber(cx, node, lowerExpression(cx, node));
}

/** The value as a number; refuses what is none. */
export function asNumber(cx: Context, node: AnyNode, value: Value): Expr {
  if (value.is === "scalar" && value.kind === "number") return value.expr;
  const help = isBoolean(value)
    ? "write `flag ? 1 : 0` where a boolean counts as a number"
    : "a game computes with numbers and booleans";
  throw cx.refuse(node, `${describe(value)} where a number is expected`, help);
}

function isBoolean(value: Value): boolean {
  return value.is === "scalar" && value.kind === "boolean";
}

/** A condition: a boolean, or a number that is true unless it is 0 or NaN. */
export function lowerTest(cx: Context, node: Expression): Expr {
  if (node.type === "LogicalExpression" && node.operator !== "??") {
    const left = lowerTest(cx, node.left);
    return shortCircuit(cx, node, left, () => lowerTest(cx, node.right));
  }
  if (node.type === "UnaryExpression" && node.operator === "!") {
    return not(lowerTest(cx, node.argument));
  }
  const value = lowerExpression(cx, node);
  if (value.is !== "scalar") {
    const help = "compare explicitly: a condition is a boolean or a number";
    throw cx.refuse(node, `${describe(value)} as a condition`, help);
  }
  return truthOf(value.kind, value.expr);
}

/** Several expressions in their order: what later ones change, earlier ones have read before. */
export function lowerList(
  cx: Context,
  nodes: readonly (Expression | SpreadElement | null)[],
): Value[] {
  const values: Value[] = [];
  for (const node of nodes) {
    if (node === null) throw new Error("holes are refused by the caller");
    if (node.type === "SpreadElement") {
      throw cx.refuse(node, "a spread is not supported", "name the values one by one");
    }
    const at = cx.mark();
    const value = lowerExpression(cx, node);
    if (cx.mark() !== at) keepAll(cx, values, at);
    values.push(value);
  }
  return values;
}

/** `a, b`: only the last value is used. */
function lowerSequence(cx: Context, nodes: readonly Expression[]): Value {
  for (const node of nodes.slice(0, -1)) lowerEffect(cx, node);
  return lowerExpression(cx, nodes[nodes.length - 1]);
}

function keepAll(cx: Context, values: Value[], at: number): void {
  for (const [i, value] of values.entries()) {
    if (value.is !== "scalar") continue;
    values[i] = { ...value, expr: cx.keepFrom(at, value.expr, value.kind) };
  }
}

function lowerLiteral(cx: Context, node: Literal): Value {
  const { value } = node;
  if (typeof value === "number" || typeof value === "boolean") return constant(value);
  if (node.regex) throw cx.refuse(node, "a regular expression is not supported", "compare numbers");
  if (typeof value === "bigint") {
    throw cx.refuse(node, "BigInt is not supported", "use numbers, or two words of 32 bits");
  }
  return { is: "live", value };
}

function lowerName(cx: Context, node: Identifier): Value {
  const binding = cx.lookup(node.name);
  if (binding?.is === "value") return binding.value;
  if (binding) {
    const { variable } = binding;
    return { is: "scalar", kind: variable.kind, expr: { op: "var", variable } };
  }
  return freeName(cx, node);
}

/** A name from outside the function: of the module, or of the language. */
function freeName(cx: Context, node: Identifier): Value {
  const found = cx.builder.names.find(cx.callee, node.name);
  if (found.found) return liveValue(found.value);
  if (node.name === "undefined") return { is: "live", value: undefined };
  if (Object.hasOwn(globalThis, node.name)) {
    return liveValue((globalThis as Record<string, unknown>)[node.name]);
  }
  throw cx.source.refusal(
    node,
    `the name "${node.name}" is not known`,
    "declare it in the module, or list it: static uses = () => ({ name })",
    "UNKNOWN_NAME",
  );
}

function lowerUnary(cx: Context, node: UnaryExpression): Value {
  switch (node.operator) {
    case "!":
      return truth(not(lowerTest(cx, node.argument)));
    case "-":
      return numeric(unary("neg", lowerNumber(cx, node.argument)));
    case "~":
      return numeric(unary("bitnot", lowerNumber(cx, node.argument)));
    case "+":
      return numeric(toNumber(cx, node, lowerExpression(cx, node.argument)));
    case "void":
      lowerExpression(cx, node.argument);
      return { is: "live", value: undefined };
    default:
      throw cx.refuse(
        node,
        `\`${node.operator}\` is not supported`,
        "a game computes with numbers",
      );
  }
}

const ARITHMETIC: Readonly<Record<string, BinaryOp>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "rem",
  "&": "bitand",
  "|": "bitor",
  "^": "bitxor",
  "<<": "shl",
  ">>": "shr",
  ">>>": "ushr",
};
const COMPARISONS: Readonly<Record<string, CompareOp>> = {
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  "===": "eq",
  "!==": "ne",
  "==": "eq",
  "!=": "ne",
};

/** The operation of `+` or `+=`; undefined for operators without one. */
export function arithmeticOp(operator: string): BinaryOp | undefined {
  return ARITHMETIC[operator];
}

function lowerBinary(cx: Context, node: BinaryExpression): Value {
  if (node.left.type === "PrivateIdentifier") throw refusal(cx, node);
  const op = arithmeticOp(node.operator);
  const comparison = COMPARISONS[node.operator];
  if (!op && !comparison) throw refusedOperator(cx, node);
  const [left, right] = lowerList(cx, [node.left, node.right]);
  if (comparison) return truth(compareValues(cx, node, comparison, left, right));
  const a = asNumber(cx, node.left, left);
  return numeric(binary(op as BinaryOp, a, asNumber(cx, node.right, right)));
}

function compareValues(
  cx: Context,
  node: BinaryExpression,
  op: CompareOp,
  left: Value,
  right: Value,
): Expr {
  if (left.is === "scalar" && right.is === "scalar" && left.kind === right.kind) {
    const isEquality = op === "eq" || op === "ne";
    if (left.kind === "number" || isEquality) return compare(op, left.expr, right.expr);
  }
  if (left.is === "live" && right.is === "live" && (op === "eq" || op === "ne")) {
    return { op: "const", value: (left.value === right.value) === (op === "eq") };
  }
  const what = `comparing ${describe(left)} with ${describe(right)}`;
  throw cx.refuse(node, what, "compare two numbers, or two booleans by ===");
}

function refusedOperator(cx: Context, node: BinaryExpression): Error {
  if (node.operator === "**") {
    const help = "its last bit differs between engines: multiply, or use a portable function";
    return cx.refuse(node, "`**` is not supported", help);
  }
  return cx.refuse(node, `\`${node.operator}\` is not supported`, "a game computes with numbers");
}

function lowerLogical(cx: Context, node: LogicalExpression): Value {
  if (node.operator === "??") {
    throw cx.refuse(node, "`??` is not supported", "no value of a game is missing");
  }
  const boolean = (side: Expression): Expr => {
    const value = lowerExpression(cx, side);
    if (isBoolean(value) && value.is === "scalar") return value.expr;
    const help = "it returns one of its sides: compare explicitly, as in `a !== 0 && b !== 0`";
    throw cx.refuse(node, `\`${node.operator}\` on ${describe(value)}`, help);
  };
  const left = boolean(node.left);
  return truth(shortCircuit(cx, node, left, () => boolean(node.right)));
}

/** `left && right()` or `left || right()`, where the right side runs only if it is needed. */
function shortCircuit(
  cx: Context,
  { operator }: LogicalExpression,
  left: Expr,
  lowerRight: () => Expr,
): Expr {
  const isAnd = operator === "&&";
  if (left.op === "const" && (left.value === true) !== isAnd) return left;
  let right: Expr = left;
  const effects = cx.collect(() => {
    right = lowerRight();
  });
  if (left.op === "const") {
    for (const stmt of effects) cx.emit(stmt);
    return right;
  }
  if (effects.length === 0) return logic(isAnd ? "and" : "or", left, right);
  const variable = cx.variable("t", "boolean", true);
  cx.emit({ op: "declare", variable, value: left });
  const read: Expr = { op: "var", variable };
  effects.push({ op: "assign", target: read, value: right });
  cx.emit({ op: "if", test: isAnd ? read : not(read), body: effects, otherwise: [] });
  return cx.keep(read, "boolean");
}

function lowerConditional(cx: Context, node: ConditionalExpression): Value {
  const test = lowerTest(cx, node.test);
  if (test.op === "const") {
    return lowerExpression(cx, test.value ? node.consequent : node.alternate);
  }
  let a: Value | undefined;
  let b: Value | undefined;
  const body = cx.collect(() => {
    a = lowerExpression(cx, node.consequent);
  });
  const otherwise = cx.collect(() => {
    b = lowerExpression(cx, node.alternate);
  });
  if (a?.is !== "scalar" || b?.is !== "scalar" || a.kind !== b.kind) {
    throw badChoice(cx, node, a as Value, b as Value);
  }
  const { kind } = a;
  if (body.length + otherwise.length === 0) {
    return { is: "scalar", kind, expr: select(test, a.expr, b.expr) };
  }
  const variable = cx.variable("t", kind, true);
  const zero: Expr = { op: "const", value: kind === "number" ? 0 : false };
  const target: Expr = { op: "var", variable };
  cx.emit({ op: "declare", variable, value: zero });
  body.push({ op: "assign", target, value: a.expr });
  otherwise.push({ op: "assign", target, value: b.expr });
  cx.emit({ op: "if", test, body, otherwise });
  return { is: "scalar", kind, expr: cx.keep(target, kind) };
}

function badChoice(cx: Context, node: AnyNode, a: Value, b: Value): Error {
  if (a.is === "array" || b.is === "array") {
    const help = "which array is used must be known: write an if with both cases";
    return cx.refuse(node, "an array chosen at run time is not supported", help);
  }
  const what = `a choice between ${describe(a)} and ${describe(b)}`;
  return cx.refuse(node, what, "both sides must be numbers, or both booleans");
}

function lowerTuple(cx: Context, node: ArrayExpression): Value {
  if (node.elements.some((element) => element === null)) {
    throw cx.refuse(node, "an array with holes is not supported", "name every value");
  }
  return { is: "tuple", items: lowerList(cx, node.elements) };
}

/** `new Float64Array(16)`: a local array, all zeros. */
function lowerNew(cx: Context, node: NewExpression): Value {
  const type = lowerExpression(cx, node.callee as Expression);
  const element = type.is === "live" ? elementOfClass(type.value) : undefined;
  if (!element) {
    const help = "use local variables, or typed arrays that are fields";
    throw cx.refuse(node, "an allocation while stepping is not supported", help);
  }
  const [size] = lowerList(cx, node.arguments);
  const length = size?.is === "scalar" && size.expr.op === "const" ? Number(size.expr.value) : -1;
  if (node.arguments.length !== 1 || !Number.isInteger(length) || length < 1 || length > 4096) {
    throw cx.refuse(node, "a local array of this size is not supported", "1 to 4096, a constant");
  }
  const name = cx.builder.unique("local");
  const store: Store = { place: "local", name, element, length, values: [] };
  cx.fn.locals.add(store);
  cx.emit({ op: "array", store });
  return { is: "array", array: { store, object: "self" } };
}

const REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  ArrowFunctionExpression: ["a closure is not supported", "move it to a method or a function"],
  FunctionExpression: ["a closure is not supported", "move it to a method or a function"],
  ClassExpression: ["a class inside a function is not supported", "move it to the module"],
  ObjectExpression: ["an object literal is not supported", "use local variables or fields"],
  TemplateLiteral: ["a string is not supported", "use number codes; text belongs outside the game"],
  TaggedTemplateExpression: ["a string is not supported", "use number codes"],
  ChainExpression: ["`?.` is not supported", "no value of a game is missing"],
  AwaitExpression: ["`await` is not supported", "a game computes at once"],
  YieldExpression: ["`yield` is not supported", "use a loop and fields"],
  ImportExpression: ["`import()` is not supported", "import at the top of the module"],
  MetaProperty: ["`import.meta` is not supported", "a game knows nothing outside of itself"],
};

function refusal(cx: Context, node: AnyNode): Error {
  const [what, help] = REFUSALS[node.type] ?? [`${node.type} is not supported`, "see the guide"];
  return cx.refuse(node, what, help);
}

/** The kind of a scalar that is stored somewhere; refuses anything else. */
export function scalarOf(cx: Context, node: AnyNode, value: Value): { kind: Kind; expr: Expr } {
  if (value.is === "scalar") return value;
  if (value.is === "live" && typeof value.value === "string") {
    const help = "strings have no type on a GPU: use number codes";
    throw cx.refuse(node, "a string is not supported", help);
  }
  const help = "what is stored or passed on is a number or a boolean";
  throw cx.refuse(node, `${describe(value)} cannot be kept`, help);
}
