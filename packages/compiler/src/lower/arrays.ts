/** Methods of arrays: `fill` and `set`. */
import type { CallExpression } from "acorn";
import type { ArrayRef, Expr } from "../ir/ir.js";
import { refuseReadOnly } from "./assign.js";
import type { Context } from "./context.js";
import { asNumber } from "./expressions.js";
import { useArray } from "./members.js";
import { describe, type Value } from "./values.js";

/** What `array.name(...args)` gives. */
export function callArrayMethod(
  cx: Context,
  node: CallExpression,
  of: Value,
  name: string,
  args: readonly Value[],
): Value {
  if (of.is !== "array") {
    const help = "what changes belongs in a field; what is searched, search in a loop";
    throw cx.refuse(node, `${name} of ${describe(of)} is not supported`, help);
  }
  if (name === "fill") return fill(cx, node, of.array, args);
  if (name === "set") return copy(cx, node, of.array, args);
  const help = "of an array's methods there are fill and set: write a loop";
  throw cx.refuse(node, `the array method ${name} is not supported`, help);
}

function fill(cx: Context, node: CallExpression, array: ArrayRef, args: readonly Value[]): Value {
  const [value, from, to] = args.map((arg, i) => asNumber(cx, node.arguments[i], arg));
  if (value === undefined) throw cx.refuse(node, "fill takes a number", "pass it");
  refuseReadOnly(cx, node, array);
  const zero: Expr = { op: "const", value: 0 };
  const end: Expr = { op: "const", value: array.store.length };
  cx.emit({ op: "fill", array, value, from: from ?? zero, to: to ?? end });
  return { is: "array", array };
}

function copy(cx: Context, node: CallExpression, array: ArrayRef, args: readonly Value[]): Value {
  const source = arrayOf(cx, args[0]);
  if (!source) {
    throw cx.refuse(node, "set takes an array of numbers", "copy the elements one by one");
  }
  if (source.store === array.store && source.object === array.object) {
    throw cx.refuse(node, "copying an array onto itself", "copy the elements one by one");
  }
  if (source.store.length > array.store.length) {
    throw cx.refuse(node, "the array to copy is longer than the other", "copy a part in a loop");
  }
  const at: Expr = args[1] ? asNumber(cx, node.arguments[1], args[1]) : { op: "const", value: 0 };
  refuseReadOnly(cx, node, array);
  useArray(cx, source);
  cx.emit({ op: "copy", array, source, at, site: cx.site("index", node) });
  return { is: "live", value: undefined };
}

function arrayOf(cx: Context, value: Value | undefined): ArrayRef | undefined {
  if (value?.is === "array") return value.array;
  if (value?.is !== "live" || typeof value.value !== "object" || value.value === null) {
    return undefined;
  }
  const store = cx.builder.table(value.value, "table");
  return store && { store, object: "self" };
}
