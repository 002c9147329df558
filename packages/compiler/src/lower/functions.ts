/**
 * Functions: each is translated once for every combination of arrays, objects and constants that it is
 * called with, so that in the IR every array is known by identity.
 */
import type { AnyNode, Pattern } from "acorn";
import { CompileError } from "../errors.js";
import type { FunctionSource } from "../front/source.js";
import type { Callable, Fn, Kind, ObjectName, Stmt, Variable } from "../ir/ir.js";
import { Context } from "./context.js";
import { lowerExpression } from "./expressions.js";
import type { GameBuilder } from "./game.js";
import { bindPattern } from "./patterns.js";
import { lowerReturn, lowerStatements } from "./statements.js";
import { describe, type Value } from "./values.js";

/** What to translate, and for which arguments. */
export interface Callee {
  readonly callee: Callable;
  /** `Class.method`, for people. */
  readonly owner: string;
  readonly self: ObjectName | undefined;
  readonly home: object | undefined;
  readonly args: readonly Value[];
  /** The call; undefined for the functions that are called from outside. */
  readonly at?: { readonly cx: Context; readonly node: AnyNode };
}

/** The function for these arguments. Throws CompileError. */
export function translate(builder: GameBuilder, parts: Callee): Fn {
  const source = builder.source(parts.callee, parts.owner);
  const key = signature(builder, parts, source);
  const known = builder.made.get(key);
  if (known) return known;
  if (builder.made.has(key)) throw recursion(parts, source);
  builder.made.set(key, undefined);
  const fn = emptyFn(builder, parts.owner);
  refuseKind(parts, source);
  const cx = new Context(builder, { ...parts, fn, source });
  bindParameters(cx, parts);
  lowerBody(cx);
  builder.made.set(key, fn);
  builder.fns.push(fn);
  return fn;
}

function emptyFn(builder: GameBuilder, owner: string): Fn {
  return {
    name: builder.unique(owner),
    owner,
    params: [],
    results: [],
    body: [],
    calls: new Set(),
    arrays: new Set(),
    locals: new Set(),
    reads: new Set(),
    writes: new Set(),
    paints: false,
    usesOther: false,
  };
}

function signature(builder: GameBuilder, parts: Callee, { node }: FunctionSource): string {
  const texts = node.params.map((_, i) => signatureOf(builder, parts, parts.args[i]));
  return [builder.numberOf(parts.callee), parts.self ?? "-", ...texts].join(" ");
}

function signatureOf(builder: GameBuilder, parts: Callee, value: Value | undefined): string {
  switch (value?.is) {
    case undefined:
      return "none";
    case "scalar":
      return value.kind;
    case "array":
      return `array ${builder.numberOf(value.array.store)} ${value.array.object}`;
    case "object":
      return value.object;
    case "canvas":
      return "canvas";
    case "live":
      return `live ${builder.numberOf(value.value)}`;
    default: {
      const what = `${describe(value as Value)} as an argument is not supported`;
      const help = "pass numbers, booleans and arrays one by one";
      if (parts.at) throw parts.at.cx.refuse(parts.at.node, what, help);
      throw new CompileError({ code: "UNSUPPORTED", what, help });
    }
  }
}

function recursion(parts: Callee, source: FunctionSource): CompileError {
  const what = `${parts.owner} calls itself, directly or through others`;
  const help = "a GPU thread has little stack: use a loop and an array as the stack";
  if (parts.at) return parts.at.cx.refuse(parts.at.node, what, help);
  return source.refusal(source.node, what, help, "UNSUPPORTED");
}

function refuseKind({ owner }: Callee, source: FunctionSource): void {
  const { node } = source;
  if (!node.async && !node.generator) return;
  const what = `${owner} is ${node.async ? "an async function" : "a generator"}`;
  throw source.refusal(node, what, "a game computes at once", "UNSUPPORTED");
}

function bindParameters(cx: Context, { args }: Callee): void {
  const assigned = assignedNames(cx.source.node);
  const params = cx.fn.params as Variable[];
  for (const [i, pattern] of cx.source.node.params.entries()) {
    if (pattern.type === "RestElement") {
      throw cx.refuse(pattern, "rest parameters are not supported", "name every parameter");
    }
    const given = args[i];
    const value =
      given?.is === "scalar" ? parameter(cx, params, pattern, given.kind, assigned) : given;
    bindPattern(cx, pattern, value ?? { is: "live", value: undefined }, assigned);
  }
}

function parameter(
  cx: Context,
  params: Variable[],
  pattern: Pattern,
  kind: Kind,
  assigned: ReadonlySet<string>,
): Value {
  const plain = pattern.type === "AssignmentPattern" ? pattern.left : pattern;
  const name = plain.type === "Identifier" ? plain.name : "arg";
  const variable = cx.variable(name, kind, assigned.has(name));
  params.push(variable);
  return { is: "scalar", kind, expr: { op: "var", variable } };
}

function lowerBody(cx: Context): void {
  const { node } = cx.source;
  if (node.body.type !== "BlockStatement") {
    const { body } = node;
    const value = lowerExpression(cx, body);
    lowerReturn(cx, body, value);
    return;
  }
  lowerStatements(cx, node.body.body, assignedNames(node));
  if (cx.fn.results.length > 0 && !endsAlways(cx.fn.body)) {
    const help = "return a value on every way, or on none";
    throw cx.refuse(node, "not every way through the function returns a value", help);
  }
}

/** Whether what follows these statements is never reached. */
function endsAlways(stmts: readonly Stmt[]): boolean {
  return stmts.some((stmt) => {
    switch (stmt.op) {
      case "return":
      case "throw":
      case "break":
      case "continue":
        return true;
      case "if":
        return endsAlways(stmt.body) && endsAlways(stmt.otherwise);
      case "loop":
        return (
          stmt.test.op === "const" && stmt.test.value === true && !leaves(stmt.body, stmt.label)
        );
      case "block":
        return endsAlways(stmt.body) && !leaves(stmt.body, stmt.label);
      case "switch": {
        const hasDefault = stmt.cases.some(({ test }) => test === null);
        const bodies = stmt.cases.map(({ body }) => body);
        const last = bodies.at(-1);
        return (
          hasDefault && last !== undefined && endsAlways(last) && !leaves(bodies.flat(), stmt.label)
        );
      }
      default:
        return false;
    }
  });
}

/** Whether a `break` in the statements leaves the labelled one. */
function leaves(stmts: readonly Stmt[], label: object): boolean {
  return stmts.some((stmt) => {
    if (stmt.op === "break") return stmt.label === label;
    if (stmt.op === "if") return leaves(stmt.body, label) || leaves(stmt.otherwise, label);
    if (stmt.op === "loop" || stmt.op === "block") return leaves(stmt.body, label);
    return stmt.op === "switch" && stmt.cases.some(({ body }) => leaves(body, label));
  });
}

/** The names that are assigned somewhere in a function, wherever they are declared. */
function assignedNames(root: AnyNode): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (typeof node !== "object" || node === null || !("type" in node)) return;
    const one = node as AnyNode;
    if (one.type === "AssignmentExpression") namesOf(one.left, names);
    if (one.type === "UpdateExpression") namesOf(one.argument, names);
    for (const part of Object.values(one)) visit(part);
  };
  visit(root);
  return names;
}

function namesOf(node: AnyNode, names: Set<string>): void {
  if (node.type === "Identifier") names.add(node.name);
  if (node.type === "ArrayPattern") {
    for (const element of node.elements) if (element) namesOf(element, names);
  }
  if (node.type === "ParenthesizedExpression") namesOf(node.expression, names);
}
