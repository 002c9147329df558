/** Declarations: a name, or several taken out of a value. */
import type { AssignmentPattern, ObjectPattern, Pattern } from "acorn";
import { type Context, fixed, isStable } from "./context.js";
import { lowerExpression } from "./expressions.js";
import { loadOf, memberOf } from "./members.js";
import { describe, type Value } from "./values.js";

/** Binds the names of a pattern to a value. `assigned`: names that get other values later. */
export function bindPattern(
  cx: Context,
  pattern: Pattern,
  value: Value,
  assigned: ReadonlySet<string>,
): void {
  switch (pattern.type) {
    case "Identifier":
      bindName(cx, pattern.name, value, assigned.has(pattern.name));
      return;
    case "AssignmentPattern":
      bindDefault(cx, pattern, value, assigned);
      return;
    case "ArrayPattern":
      for (const [i, element] of pattern.elements.entries()) {
        if (element) bindPattern(cx, element, itemOf(cx, pattern, value, i), assigned);
      }
      return;
    case "ObjectPattern":
      bindMembers(cx, pattern, value, assigned);
      return;
    default:
      throw cx.refuse(pattern, `${pattern.type} is not supported here`, "name every value");
  }
}

function bindName(cx: Context, name: string, value: Value, isAssigned: boolean): void {
  if (value.is !== "scalar" || (isStable(value.expr) && !isAssigned)) {
    cx.bind(name, fixed(value));
    return;
  }
  const { expr, kind } = value;
  const isOwn = expr.op === "var" && expr.variable.mutable && cx.fn.params.includes(expr.variable);
  if (isOwn) {
    cx.bind(name, { is: "variable", variable: expr.variable });
    return;
  }
  const variable = cx.variable(name, kind, isAssigned);
  cx.emit({ op: "declare", variable, value: expr });
  cx.bind(name, { is: "variable", variable });
}

function bindDefault(
  cx: Context,
  pattern: AssignmentPattern,
  value: Value,
  assigned: ReadonlySet<string>,
): void {
  const isMissing = value.is === "live" && value.value === undefined;
  const given = isMissing ? lowerExpression(cx, pattern.right) : value;
  bindPattern(cx, pattern.left, given, assigned);
}

function itemOf(cx: Context, pattern: Pattern, value: Value, i: number): Value {
  if (value.is === "tuple") return value.items[i] ?? { is: "live", value: undefined };
  if (value.is === "array") {
    return loadOf(cx, pattern, value.array, { op: "const", value: i });
  }
  throw cx.refuse(pattern, `taking ${describe(value)} apart`, "take apart arrays and results");
}

function bindMembers(
  cx: Context,
  pattern: ObjectPattern,
  value: Value,
  assigned: ReadonlySet<string>,
): void {
  for (const property of pattern.properties) {
    if (property.type === "RestElement" || property.computed) {
      throw cx.refuse(property, "this way of taking an object apart", "name every field");
    }
    const { key } = property;
    const name = key.type === "Identifier" ? key.name : "";
    const member = memberOf(cx, property, value, name);
    bindPattern(cx, property.value, member, assigned);
  }
}
