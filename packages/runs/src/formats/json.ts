/**
 * JSON that can be trusted after it was read: bounded depth, objects without a prototype, no
 * `__proto__` key, and numbers that come back as they were written. JSON has no NaN, no infinities
 * and loses the sign of -0; these four travel as {"$number": "NaN"} and so on.
 */
import { FormatError } from "./errors.js";

/** What a JSON text can hold (with all float64 numbers, see above). */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** Nesting deeper than this is refused, in both directions. */
const maxJsonDepth: number = 64;

const numberKey = "$number";
const specialNumbers: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);

/**
 * Text of a value. Properties that are undefined are left out; anything else that JSON cannot carry
 * (functions, bigint, typed arrays, dates, maps) is a FormatError that names its place.
 */
export function encodeJson(value: JsonValue | object, indent?: number): string {
  return JSON.stringify(pack(value, "value", 0), undefined, indent);
}

/** Value of a text written by `encodeJson` (or by anyone: the input is not trusted). */
export function decodeJson(text: string): JsonValue {
  checkDepth(text);
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`json: not valid JSON (${(error as Error).message.slice(0, 120)})`);
  }
  return unpack(raw);
}

/** True for a JSON object (not null, not an array). */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function pack(value: unknown, path: string, depth: number): unknown {
  if (depth > maxJsonDepth)
    throw new FormatError(`json: nested deeper than ${maxJsonDepth} at ${path}`);
  if (typeof value === "number") {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    return { [numberKey]: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((item, i) => pack(item, `${path}[${i}]`, depth + 1));
  if (isPlainObject(value)) return packObject(value, path, depth);
  throw new FormatError(`json: ${path} cannot be written as JSON (got ${describe(value)})`);
}

function packObject(value: Record<string, unknown>, path: string, depth: number): unknown {
  const packed: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    if (key === "__proto__" || key === numberKey) {
      throw new FormatError(`json: the key "${key}" is reserved (at ${path})`);
    }
    if (item !== undefined) packed[key] = pack(item, `${path}.${key}`, depth + 1);
  }
  return packed;
}

/**
 * `raw` comes from JSON.parse of a text whose depth is bounded, so the recursion is too. Changed in
 * place: a parsed object shares its shape with others like it, a copy without prototype would not,
 * and long runs have a hundred thousand lines.
 */
function unpack(raw: unknown): JsonValue {
  if (typeof raw !== "object" || raw === null) return raw as null | boolean | number | string;
  if (Array.isArray(raw)) {
    for (let i = 0; i < raw.length; i++) raw[i] = unpack(raw[i]);
    return raw;
  }
  if (Object.hasOwn(raw, "__proto__")) {
    throw new FormatError('json: the key "__proto__" is refused');
  }
  const object = raw as Record<string, unknown>;
  const keys = Object.keys(object);
  if (keys.length === 1 && keys[0] === numberKey) {
    const special = specialNumbers.get(String(object[numberKey]));
    if (special === undefined) throw new FormatError(`json: unknown ${numberKey}`);
    return special;
  }
  for (const key of keys) {
    const item = object[key];
    if (typeof item === "object" && item !== null) object[key] = unpack(item);
  }
  return Object.setPrototypeOf(object, null);
}

/**
 * Counts brackets outside strings; done before parsing so that hostile nesting never meets a
 * recursive walk.
 */
function checkDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x5b || c === 0x7b) {
      if (++depth > maxJsonDepth + 1)
        throw new FormatError(`json: nested deeper than ${maxJsonDepth}`);
    } else if (c === 0x5d || c === 0x7d) depth--;
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.prototype.toString.call(value).slice(8, -1);
}
