/** `a.b` and `a[b]`: fields of the game, elements of arrays, constants of the module. */
import type { AnyNode, Expression, MemberExpression } from "acorn";
import type { ArrayRef, Callable, Expr, ObjectName } from "../ir/ir.js";
import { callMethod } from "./calls.js";
import type { Context } from "./context.js";
import { asNumber, lowerExpression } from "./expressions.js";
import { constant, describe, elementOf, numeric, type Value } from "./values.js";

/** A live value: numbers and booleans are constants. */
export function liveValue(value: unknown): Value {
  if (typeof value === "number" || typeof value === "boolean") return constant(value);
  return { is: "live", value };
}

/** What `object.property` is. */
export function lowerMember(cx: Context, node: MemberExpression): Value {
  if (node.optional) throw cx.refuse(node, "`?.` is not supported", "no value is missing");
  if (node.object.type === "Super") {
    throw cx.refuse(node, "`super` other than in a call is not supported", "use `this`");
  }
  const owner = lowerExpression(cx, node.object);
  const { property } = node;
  if (property.type === "PrivateIdentifier") {
    const help = "a field whose name begins with # cannot be copied or saved: use `private`";
    throw cx.refuse(node, `#${property.name} is not supported`, help);
  }
  if (!node.computed) return memberOf(cx, node, owner, nameOf(property));
  const key = lowerExpression(cx, property);
  if (key.is === "live" && typeof key.value === "string") {
    return memberOf(cx, node, owner, key.value);
  }
  if (owner.is === "object") {
    const help = "use a typed array and an index";
    throw cx.refuse(node, "a field chosen at run time is not supported", help);
  }
  return elementAt(cx, node, owner, asNumber(cx, property, key));
}

function nameOf(property: Expression): string {
  return property.type === "Identifier" ? property.name : "";
}

/** A member by its name. */
export function memberOf(cx: Context, node: AnyNode, owner: Value, name: string): Value {
  switch (owner.is) {
    case "object":
      return fieldOf(cx, node, owner.object, name);
    case "array":
      if (name === "length") return constant(owner.array.store.length);
      return { is: "method", of: owner, name };
    case "canvas":
      return { is: "method", of: owner, name };
    case "tuple":
      if (name === "length") return constant(owner.items.length);
      throw cx.refuse(node, "a list is not supported", "use a typed array and a count");
    case "live":
      return liveMember(cx, node, owner.value, name);
    case "scalar":
    case "method":
      break;
    default:
      return owner satisfies never;
  }
  throw cx.refuse(node, `${describe(owner)} has no member "${name}"`, "see the guide");
}

/** Notes that the function uses an array, and whose. */
export function useArray(cx: Context, array: ArrayRef): void {
  const { place } = array.store;
  if (place === "local" || place === "output" || place === "action") cx.fn.arrays.add(array.store);
  if (place === "field" && array.object === "other") cx.fn.usesOther = true;
}

function fieldOf(cx: Context, node: AnyNode, object: ObjectName, name: string): Value {
  const { game, fields } = cx.builder;
  const known = fields.get(name);
  if (known?.is === "array") return { is: "array", array: { store: known.store, object } };
  if (known) {
    const { field } = known;
    if (cx.builder.isFixed(name)) return constant(field.initial);
    cx.fn.reads.add(field);
    if (object === "other") cx.fn.usesOther = true;
    return { is: "scalar", kind: field.kind, expr: { op: "field", field, object } };
  }
  if (name === "spec") return { is: "live", value: game.spec };
  if (name === "constructor") return { is: "live", value: game.constructor };
  return methodOf(cx, node, object, name);
}

function methodOf(cx: Context, node: AnyNode, object: ObjectName, name: string): Value {
  const found = findMember(cx.builder.game, name);
  if (found?.get) return callMethod(cx, node, found.get, found.home, object, name, []);
  if (found) return { is: "method", of: { is: "object", object }, name };
  const help = "declare the field in the class with a number, a boolean or a typed array";
  throw cx.refuse(node, `the game has no field "${name}"`, help);
}

/** A method or getter of an object, and the prototype that has it. */
export function findMember(
  object: object,
  name: string,
): { readonly home: object; readonly get?: Callable; readonly value?: Callable } | undefined {
  for (let home = Object.getPrototypeOf(object); home; home = Object.getPrototypeOf(home)) {
    const property = Object.getOwnPropertyDescriptor(home, name);
    if (!property) continue;
    if (property.get) return { home, get: property.get };
    if (typeof property.value === "function") return { home, value: property.value };
  }
  return undefined;
}

function liveMember(cx: Context, node: AnyNode, value: unknown, name: string): Value {
  if (value === undefined || value === null || typeof value === "string") {
    throw cx.refuse(node, `a member of ${describe({ is: "live", value })}`, "use number codes");
  }
  const members = value as Record<string, unknown>;
  if (typeof value === "object" || typeof value === "function") {
    if (isNumbers(value) && typeof members[name] === "function") {
      return { is: "method", of: { is: "live", value }, name };
    }
    if (name in value) return liveValue(members[name]);
  }
  throw cx.refuse(node, `there is no "${name}" here`, "is it spelled as it is declared?");
}

function isNumbers(value: object): boolean {
  return Array.isArray(value) || elementOf(value) !== undefined;
}

/** An element by a computed index. */
function elementAt(cx: Context, node: MemberExpression, owner: Value, index: Expr): Value {
  const known = index.op === "const" ? Number(index.value) : undefined;
  if (owner.is === "tuple" && known !== undefined && owner.items[known]) return owner.items[known];
  if (owner.is === "live" && typeof owner.value === "object" && owner.value !== null) {
    return liveElement(cx, node, owner.value, index, known);
  }
  if (owner.is !== "array") {
    throw cx.refuse(node, `an element of ${describe(owner)}`, "index a typed array");
  }
  return loadOf(cx, node, owner.array, index);
}

/** Reads an element of an array. */
export function loadOf(cx: Context, node: AnyNode, array: ArrayRef, index: Expr): Value {
  checkIndex(cx, node, array, index);
  useArray(cx, array);
  const { store } = array;
  const isFixed = store.place === "field" && cx.builder.isFixed(store.name);
  if (isFixed && index.op === "const") return constant(store.values[Number(index.value)]);
  return numeric({ op: "load", array, index, site: cx.site("index", node) });
}

/** Refuses a constant index outside of the array. */
export function checkIndex(cx: Context, node: AnyNode, { store }: ArrayRef, index: Expr): void {
  if (index.op !== "const" || !cx.builder.changing) return;
  const value = Number(index.value);
  if (Number.isInteger(value) && value >= 0 && value < store.length) return;
  const what = `the index ${value} is outside of the array (it has ${store.length} elements)`;
  throw cx.refuse(node, what, "indices are from 0 to the length - 1");
}

function liveElement(
  cx: Context,
  node: MemberExpression,
  values: object,
  index: Expr,
  known: number | undefined,
): Value {
  if (known !== undefined && isNumbers(values)) {
    const length = (values as ArrayLike<unknown>).length;
    if (Number.isInteger(known) && known >= 0 && known < length) {
      return liveValue((values as ArrayLike<unknown>)[known]);
    }
    const what = `the index ${known} is outside of the array (it has ${length} elements)`;
    throw cx.refuse(node, what, "indices are from 0 to the length - 1");
  }
  const store = cx.builder.table(values, cx.source.textOf(node.object));
  if (store) return loadOf(cx, node, { store, object: "self" }, index);
  const help = "a table that is read at a computed index holds numbers only";
  throw cx.refuse(node, "an element of this constant is not supported", help);
}
