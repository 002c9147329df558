/** Names and types of the C++ text. */
import type { NumberType } from "../analyse/analyse.js";
import type { Element, Kind } from "../ir/ir.js";

/** Type of an expression in C++. */
export type CppType = NumberType | "bool";

/** The C++ type of a scalar. */
export function cppType(type: CppType): string {
  switch (type) {
    case "i32":
      return "int";
    case "u32":
      return "unsigned";
    case "f64":
      return "double";
    case "bool":
      return "bool";
    default:
      return type satisfies never;
  }
}

/** The C++ type of an array's elements. */
export function elementType(element: Element): string {
  switch (element) {
    case "i8":
      return "signed char";
    case "u8":
    case "c8":
      return "unsigned char";
    case "i16":
      return "short";
    case "u16":
      return "unsigned short";
    case "i32":
      return "int";
    case "u32":
      return "unsigned";
    case "f32":
      return "float";
    case "f64":
      return "double";
    default:
      return element satisfies never;
  }
}

/** Bytes of an element. */
export function elementBytes(element: Element): number {
  switch (element) {
    case "i8":
    case "u8":
    case "c8":
      return 1;
    case "i16":
    case "u16":
      return 2;
    case "i32":
    case "u32":
    case "f32":
      return 4;
    case "f64":
      return 8;
    default:
      return element satisfies never;
  }
}

/** How an element is computed with. */
export function loadedType(element: Element): NumberType {
  if (element === "f32" || element === "f64") return "f64";
  return element === "u32" ? "u32" : "i32";
}

/** A number as a C++ literal of the type. */
export function literal(value: number | boolean, type: CppType): string {
  if (type === "bool") return value ? "true" : "false";
  const number = Number(value);
  if (type === "u32") return `${number}u`;
  if (type === "i32") return number === -2147483648 ? "(-2147483647 - 1)" : wrapped(String(number));
  if (Number.isNaN(number)) return "CAROM_NAN";
  if (!Number.isFinite(number)) return number > 0 ? "CAROM_INF" : "(-CAROM_INF)";
  if (Object.is(number, -0)) return "(-0.0)";
  const text = String(number);
  return wrapped(/[.e]/.test(text) ? text : `${text}.0`);
}

function wrapped(text: string): string {
  return text.startsWith("-") ? `(${text})` : text;
}

/** The natural type of a kind whose range is not known. */
export function typeOfKind(kind: Kind, number: NumberType): CppType {
  return kind === "boolean" ? "bool" : number;
}

/** A name without anything that C++ does not take. */
export function cppName(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, "_");
}
