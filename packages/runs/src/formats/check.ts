/**
 * Field checks that the decoders share. Each returns the value with its type or throws a
 * FormatError that names the field.
 */
import { FormatError } from "./errors.js";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.js";

/** Longest text a field may hold, in UTF-16 units. */
const maxTextLength = 10_000;

/** The value as an object, or a FormatError. */
export function objectOf(what: string, value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) throw new FormatError(`${what}: not an object`);
  return value;
}

/** A text field. */
export function text(what: string, object: JsonObject, field: string): string {
  const value = object[field];
  if (typeof value !== "string" || value.length > maxTextLength) throw wrong(what, field, "a text");
  return value;
}

/** A number field; NaN and infinities are refused. */
export function finite(what: string, object: JsonObject, field: string): number {
  const value = object[field];
  if (typeof value !== "number" || !Number.isFinite(value))
    throw wrong(what, field, "a finite number");
  return value;
}

/** A whole number from 0 to 2^53 - 1. */
export function count(what: string, object: JsonObject, field: string): number {
  const value = object[field];
  if (!isCount(value)) throw wrong(what, field, "a whole number from 0 to 2^53-1");
  return value;
}

/** True or false. */
export function flag(what: string, object: JsonObject, field: string): boolean {
  const value = object[field];
  if (typeof value !== "boolean") throw wrong(what, field, "true or false");
  return value;
}

/** One of the given words. */
export function oneOf<T extends string>(
  what: string,
  object: JsonObject,
  field: string,
  words: readonly T[],
): T {
  const value = object[field];
  const word = words.find((w) => w === value);
  if (word === undefined) throw wrong(what, field, `one of ${words.join(", ")}`);
  return word;
}

/** An object whose fields are all texts, without prototype. */
export function texts(
  what: string,
  value: JsonValue | undefined,
): Readonly<Record<string, string>> {
  const object = objectOf(what, value);
  const result: Record<string, string> = Object.create(null);
  for (const key of Object.keys(object)) result[key] = text(what, object, key);
  return result;
}

/** True for a whole number from 0 to 2^53 - 1. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function wrong(what: string, field: string, expected: string): FormatError {
  return new FormatError(`${what}: field "${field}" is missing or wrong (expected ${expected})`);
}
