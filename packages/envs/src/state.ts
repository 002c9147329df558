/**
 * The state of a game as data: all of its fields but `spec`, which the contract restricts to
 * numbers, booleans and typed arrays. Copies, checksums and saved environments need no code in the
 * game itself.
 */
import { EnvError } from "./errors.js";
import type { Game } from "./game.js";

/** The typed arrays that a game's fields (and saved states) may be. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** One field of a game. */
export type FieldValue = number | boolean | TypedArray;

/** A copy of a game's fields by name. */
export type GameState = Readonly<Record<string, FieldValue>>;

const ARRAY_TYPES = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;

/** Whether `value` is a typed array that a state may hold. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ARRAY_TYPES.some((type) => value instanceof type);
}

/**
 * The names of a game's fields in their order. Throws EnvError INVALID_ARGUMENT if one is not
 * plain.
 */
export function fieldNames(game: Game): string[] {
  const names: string[] = [];
  for (const [name, value] of Object.entries(game)) {
    if (name === "spec") continue;
    if (typeof value !== "number" && typeof value !== "boolean" && !isTypedArray(value)) {
      const hint = "expected a number, a boolean or a typed array";
      throw new EnvError(
        "INVALID_ARGUMENT",
        `${game.spec.id}: the field "${name}" is not plain (${hint})`,
      );
    }
    names.push(name);
  }
  return names.sort();
}

/** A copy of a game's fields; later steps of the game do not change it. */
export function captureState(game: Game): GameState {
  const state: Record<string, FieldValue> = {};
  for (const name of fieldNames(game)) {
    const value = readField(game, name);
    state[name] = isTypedArray(value) ? value.slice() : value;
  }
  return state;
}

/**
 * Puts a captured state into a game of the same spec. Throws EnvError STATE_MISMATCH where fields
 * differ in kind.
 */
export function applyState(game: Game, state: GameState): void {
  const names = fieldNames(game);
  if (names.length !== Object.keys(state).length) throw mismatch(game, "the number of fields");
  for (const name of names) {
    if (!Object.hasOwn(state, name)) throw mismatch(game, `the field "${name}"`);
    writeField(game, name, state[name]);
  }
}

/** The value of a field named by `fieldNames`. */
export function readField(game: Game, name: string): FieldValue {
  return (game as Game & Record<string, FieldValue>)[name];
}

/**
 * Sets a field named by `fieldNames`; typed arrays are filled, not replaced. Throws EnvError
 * STATE_MISMATCH.
 */
export function writeField(game: Game, name: string, value: FieldValue): void {
  const present = readField(game, name);
  if (isTypedArray(present)) {
    const same =
      isTypedArray(value) &&
      value.constructor === present.constructor &&
      value.length === present.length;
    if (!same) throw mismatch(game, `the field "${name}"`);
    present.set(value);
  } else {
    if (typeof value !== typeof present) throw mismatch(game, `the field "${name}"`);
    (game as Game & Record<string, FieldValue>)[name] = value;
  }
}

/** 32 bits that differ, in all likelihood, between any two states of one game. */
export function checksum(game: Game): number {
  let hash = 0x2545f491;
  for (const name of fieldNames(game)) {
    const value = readField(game, name);
    if (typeof value === "number") hash = mixNumber(hash, value);
    else if (typeof value === "boolean") hash = mixWord(hash, value ? 1 : 0);
    else hash = mixArray(hash, value);
  }
  return finish(hash);
}

const scratch = new DataView(new ArrayBuffer(8));

function mixArray(hash: number, values: TypedArray): number {
  let mixed = mixWord(hash, values.length);
  const float = values instanceof Float32Array || values instanceof Float64Array;
  for (let i = 0; i < values.length; i++) {
    mixed = float ? mixNumber(mixed, values[i]) : mixWord(mixed, values[i]);
  }
  return mixed;
}

function mixNumber(hash: number, value: number): number {
  scratch.setFloat64(0, value, true);
  return mixWord(mixWord(hash, scratch.getInt32(0, true)), scratch.getInt32(4, true));
}

/** One round of MurmurHash3 (Appleby, public domain). */
function mixWord(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  const sum = hash ^ mixed;
  return (Math.imul((sum << 13) | (sum >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function mismatch(game: Game, what: string): EnvError {
  const { id, variant } = game.spec;
  return new EnvError(
    "STATE_MISMATCH",
    `${id}/${variant}: ${what} of the state does not fit the game`,
  );
}
