/** Assignments: to variables, fields, elements of arrays, and to several of them at once. */
import type {
  AnyNode,
  AssignmentExpression,
  Expression,
  MemberExpression,
  Pattern,
  UpdateExpression,
} from "acorn";
import type { ArrayRef, Expr, Kind, Target } from "../ir/ir.js";
import type { Context } from "./context.js";
import { arithmeticOp, asNumber, lowerExpression, lowerNumber, scalarOf } from "./expressions.js";
import { binary } from "./fold.js";
import { checkIndex, loadOf, lowerMember, memberOf, useArray } from "./members.js";
import { describe, numeric, type Value } from "./values.js";

/** Somewhere to put a scalar. */
type Destination =
  | { readonly is: "target"; readonly target: Target; readonly kind: Kind }
  | {
      readonly is: "element";
      readonly array: ArrayRef;
      readonly index: Expr;
      readonly node: MemberExpression;
    };

/** `a = b`, `a += b`; its value if it is used. */
export function lowerAssignment(cx: Context, node: AssignmentExpression, used: boolean): Value {
  const { left, operator } = node;
  if (left.type === "ArrayPattern" || left.type === "ObjectPattern") {
    return assignPattern(cx, left, lowerExpression(cx, node.right));
  }
  if (operator === "=") {
    const destination = destinationOf(cx, left);
    const at = cx.mark();
    const value = lowerExpression(cx, node.right);
    const place = stabilised(cx, destination, at);
    const { kind, expr } = scalarOf(cx, node.right, value);
    const kept = used ? cx.keep(expr, kind) : expr;
    put(cx, node, place, kind, kept);
    return { is: "scalar", kind, expr: kept };
  }
  const op = arithmeticOp(operator.slice(0, -1));
  if (!op) {
    const help = "write it as an if or an assignment of its own";
    throw cx.refuse(node, `\`${operator}\` is not supported`, help);
  }
  return modify(cx, node, left, used, (old) => {
    const at = cx.mark();
    const by = lowerNumber(cx, node.right);
    return binary(op, cx.keepFrom(at, old, "number"), by);
  }).after;
}

/** `a++`, `--a`; its value if it is used. */
export function lowerUpdate(cx: Context, node: UpdateExpression, used: boolean): Value {
  const op = node.operator === "++" ? "add" : "sub";
  const { before, after } = modify(cx, node, node.argument, used, (old) =>
    binary(op, old, { op: "const", value: 1 }),
  );
  return node.prefix ? after : before;
}

/** Reads a place, computes and writes it back. */
function modify(
  cx: Context,
  node: AssignmentExpression | UpdateExpression,
  left: Pattern | Expression,
  used: boolean,
  compute: (old: Expr) => Expr,
): { readonly before: Value; readonly after: Value } {
  const found = destinationOf(cx, left);
  const place: Destination =
    found.is === "element" ? { ...found, index: cx.keep(found.index, "number", "i") } : found;
  const old = read(cx, node, place);
  const kept = used ? cx.keep(old, "number") : old;
  const result = compute(kept);
  const next = used ? cx.keep(result, "number") : result;
  put(cx, node, place, "number", next);
  return { before: numeric(kept), after: numeric(next) };
}

/** The index as it was before the right side ran. */
function stabilised(cx: Context, place: Destination, at: number): Destination {
  if (place.is === "target") return place;
  return { ...place, index: cx.keepFrom(at, place.index, "number") };
}

function destinationOf(cx: Context, node: Pattern | Expression): Destination {
  if (node.type === "ParenthesizedExpression") return destinationOf(cx, node.expression);
  if (node.type === "Identifier") {
    const binding = cx.lookup(node.name);
    if (binding?.is === "variable") {
      const { variable } = binding;
      return { is: "target", target: { op: "var", variable }, kind: variable.kind };
    }
    if (binding) {
      throw cx.refuse(node, `${node.name} cannot be replaced`, "copy the elements one by one");
    }
    const help = "keep it in a field of the game: what changes is part of its state";
    throw cx.refuse(node, `${node.name} is a variable of the module`, help);
  }
  if (node.type !== "MemberExpression") {
    throw cx.refuse(node, "assigning to this is not supported", "use variables and fields");
  }
  return memberDestination(cx, node);
}

function memberDestination(cx: Context, node: MemberExpression): Destination {
  const { object, property } = node;
  if (object.type === "Super" || property.type === "PrivateIdentifier") {
    lowerMember(cx, node); // refuses it, and says why
    throw cx.refuse(node, "assigning to this is not supported", "assign to fields and elements");
  }
  const owner = lowerExpression(cx, object);
  if (owner.is === "array" && node.computed) {
    const { array } = owner;
    const index = asNumber(cx, property, lowerExpression(cx, property));
    checkIndex(cx, node, array, index);
    return { is: "element", array, index, node };
  }
  if (owner.is === "live") {
    const help = "what changes belongs in a field of the game";
    throw cx.refuse(node, "writing to a constant of the module is not supported", help);
  }
  const value = owner.is === "object" && !node.computed ? lowerField(cx, node, owner) : undefined;
  if (value?.is === "scalar" && value.expr.op === "field") {
    return { is: "target", target: value.expr, kind: value.kind };
  }
  if (value?.is === "array") {
    const help = "its length is fixed: fill it, or copy by set()";
    throw cx.refuse(node, "replacing an array is not supported", help);
  }
  throw cx.refuse(node, "assigning to this is not supported", "assign to fields and elements");
}

function lowerField(cx: Context, node: MemberExpression, owner: Value): Value {
  const name = node.property.type === "Identifier" ? node.property.name : "";
  return memberOf(cx, node, owner, name);
}

function read(cx: Context, node: AnyNode, place: Destination): Expr {
  if (place.is === "element") {
    return asNumber(cx, node, loadOf(cx, place.node, place.array, place.index));
  }
  if (place.kind === "number") return place.target;
  throw cx.refuse(node, "arithmetic on a boolean", "assign the boolean that is meant");
}

/** Writes a scalar to a place. */
function put(cx: Context, node: AnyNode, place: Destination, kind: Kind, value: Expr): void {
  if (place.is === "element") {
    storeTo(cx, node, place, kind, value);
    return;
  }
  if (place.kind !== kind) {
    const help = "a variable or field keeps one type: number or boolean";
    throw cx.refuse(node, `a ${kind} for what is a ${place.kind}`, help);
  }
  const { target } = place;
  if (target.op === "field") {
    refuseOther(cx, node, target.object);
    cx.fn.writes.add(target.field);
  }
  cx.emit({ op: "assign", target, value });
}

function storeTo(
  cx: Context,
  node: AnyNode,
  { array, index, node: member }: Extract<Destination, { is: "element" }>,
  kind: Kind,
  value: Expr,
): void {
  const number: Expr = kind === "number" ? value : { op: "number", a: value };
  refuseReadOnly(cx, node, array);
  const site = cx.site("index", member);
  cx.emit({ op: "store", array, index, value: number, site });
}

/** Notes that an array is written; refuses those that only are read. */
export function refuseReadOnly(cx: Context, node: AnyNode, array: ArrayRef): void {
  const { place } = array.store;
  if (place === "action" || place === "table") {
    throw cx.refuse(
      node,
      `writing to ${place === "action" ? "an action" : "a constant"}`,
      "copy it",
    );
  }
  if (place === "field") {
    refuseOther(cx, node, array.object);
    cx.builder.written.add(array.store);
  }
  useArray(cx, array);
}

function refuseOther(cx: Context, node: AnyNode, object: string): void {
  if (object === "self") return;
  throw cx.refuse(node, "writing to another game is not supported", "change `this` only");
}

/** `[a, b] = [b, a]`: all is read before anything is written. */
function assignPattern(cx: Context, pattern: Pattern, value: Value): Value {
  if (pattern.type !== "ArrayPattern" || value.is !== "tuple") {
    throw cx.refuse(pattern, `taking ${describe(value)} apart here`, "assign one by one");
  }
  const items = value.items.map((item, i) => {
    const { kind, expr } = scalarOf(cx, pattern.elements[i] ?? pattern, item);
    return { kind, expr: cx.keep(expr, kind) };
  });
  for (const [i, element] of pattern.elements.entries()) {
    const item = items[i];
    if (!element || !item) continue;
    put(cx, element, destinationOf(cx, element), item.kind, item.expr);
  }
  return value;
}
