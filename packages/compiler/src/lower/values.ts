/** What an expression of the game can be while it is translated: numbers and booleans are computed by the
 * game, everything else is known now. */
import type { ArrayRef, Element, Expr, Kind, ObjectName, Store, Variable } from "../ir/ir.js";

/** A value. */
export type Value =
  /** A number or boolean that the game computes. */
  | { readonly is: "scalar"; readonly kind: Kind; readonly expr: Expr }
  /** An array, known by identity. */
  | { readonly is: "array"; readonly array: ArrayRef }
  /** The game, or the one it is copied from. */
  | { readonly is: "object"; readonly object: ObjectName }
  | { readonly is: "canvas" }
  /** Several values: an array literal, or what a function returns as one. */
  | { readonly is: "tuple"; readonly items: readonly Value[] }
  /** Something of JavaScript that is there already: a constant, a function, a module. */
  | { readonly is: "live"; readonly value: unknown }
  /** `parent.name`, where it is a method of a value. */
  | { readonly is: "method"; readonly of: Value; readonly name: string };

/** What a name stands for. */
export type Binding =
  | { readonly is: "variable"; readonly variable: Variable }
  | { readonly is: "value"; readonly value: Value };

const NUMBER_ARRAYS: readonly [new (length: number) => ArrayLike<number>, Element][] = [
  [Int8Array, "i8"],
  [Uint8Array, "u8"],
  [Uint8ClampedArray, "c8"],
  [Int16Array, "i16"],
  [Uint16Array, "u16"],
  [Int32Array, "i32"],
  [Uint32Array, "u32"],
  [Float32Array, "f32"],
  [Float64Array, "f64"],
];

/** The element of a typed array's class; undefined for anything else. */
export function elementOfClass(value: unknown): Element | undefined {
  return NUMBER_ARRAYS.find(([type]) => type === value)?.[1];
}

/** The element of a typed array; undefined for anything else. */
export function elementOf(value: unknown): Element | undefined {
  return NUMBER_ARRAYS.find(([type]) => value instanceof type)?.[1];
}

/** A constant. */
export function constant(value: number | boolean): Value {
  const kind: Kind = typeof value === "number" ? "number" : "boolean";
  return { is: "scalar", kind, expr: { op: "const", value } };
}

/** A number that the game computes. */
export function numeric(expr: Expr): Value {
  return { is: "scalar", kind: "number", expr };
}

/** A boolean that the game computes. */
export function truth(expr: Expr): Value {
  return { is: "scalar", kind: "boolean", expr };
}

/** An array of the game that is being played, or one without an owner. */
export function arrayOf(store: Store, object: ObjectName = "self"): Value {
  return { is: "array", array: { store, object } };
}

/** In words, for messages. */
export function describe(value: Value): string {
  switch (value.is) {
    case "scalar":
      return value.kind === "number" ? "a number" : "a boolean";
    case "array":
      return "an array";
    case "object":
      return "a game";
    case "canvas":
      return "the canvas";
    case "tuple":
      return "several values at once";
    case "method":
      return `the method ${value.name}`;
    case "live":
      return describeLive(value.value);
    default:
      return value satisfies never;
  }
}

function describeLive(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}
