/**
 * The four kinds of action space as data (game.ts) and what can be done with them: draw one at
 * random, tell whether a value is one, and store it as bytes, which is how replays and live boards
 * keep actions: a discrete action, a choice or a switch in one byte, a box's number in four
 * (float32, little-endian).
 */
import { EnvError } from "./errors.js";
import type { Action, ActionSpace, ObservationSpec } from "./game.js";
import { nextBelow, nextFloat } from "./random.js";

/** One flat array of actions: Float32Array for boxes, else Int32Array. */
export type ActionArray = Float32Array | Int32Array;

/** How many numbers one action has. */
export function actionWidth(space: ActionSpace): number {
  if (space.kind === "discrete") return 1;
  return space.kind === "multi-discrete" ? space.sizes.length : space.size;
}

/** How many bytes store one action. */
export function actionBytes(space: ActionSpace): number {
  return space.kind === "box" ? 4 * space.size : actionWidth(space);
}

/** An array of `length` numbers of the type that the space's actions have, over `buffer` if given. */
export function actionArray(
  space: ActionSpace,
  length: number,
  buffer: ArrayBufferLike = new ArrayBuffer(4 * length),
): ActionArray {
  return space.kind === "box"
    ? new Float32Array(buffer, 0, length)
    : new Int32Array(buffer, 0, length);
}

/**
 * An action at random, uniform over the space. An entry of a box without bounds is drawn from [-1, 1],
 * one with a single bound from the 2 units beside it.
 */
export function sampleAction(space: ActionSpace, random: Uint32Array): Action {
  switch (space.kind) {
    case "discrete":
      return nextBelow(random, space.names.length);
    case "box":
      return Float32Array.from(space.low, (low, i) => sampleBetween(low, space.high[i], random));
    case "multi-discrete":
      return Int32Array.from(space.sizes, (size) => nextBelow(random, size));
    case "multi-binary":
      return Int32Array.from({ length: space.size }, () => nextBelow(random, 2));
    default:
      return space satisfies never;
  }
}

function sampleBetween(low: number, high: number, random: Uint32Array): number {
  const from = Number.isFinite(low) ? low : Number.isFinite(high) ? high - 2 : -1;
  const to = Number.isFinite(high) ? high : from + 2;
  return from + (to - from) * nextFloat(random);
}

/** Whether `value` is an action of the space; `actionProblem` says why not. */
export function containsAction(space: ActionSpace, value: unknown): boolean {
  return actionProblem(space, value) === "";
}

/** Why `value` is no action of the space, as "(got ..., expected ...)"; empty if it is one. */
export function actionProblem(space: ActionSpace, value: unknown): string {
  if (space.kind === "discrete") {
    const count = space.names.length;
    if (typeof value === "number" && inRange(value, count)) return "";
    return `(got ${shown(value)}, expected a whole number from 0 to ${count - 1})`;
  }
  const type = space.kind === "box" ? Float32Array : Int32Array;
  const width = actionWidth(space);
  if (!(value instanceof type) || value.length !== width) {
    return `(got ${shown(value)}, expected ${type.name} of ${width})`;
  }
  const wrong = value.findIndex((entry, i) => !entryFits(space, i, entry));
  if (wrong < 0) return "";
  const entry = space.names ? `entry ${wrong} (${space.names[wrong]})` : `entry ${wrong}`;
  return `(got ${value[wrong]} as ${entry}, expected ${entryBounds(space, wrong)})`;
}

/** Throws EnvError INVALID_ACTION where `value` is no action of the space. */
export function assertAction(owner: string, space: ActionSpace, value: unknown): void {
  const problem = actionProblem(space, value);
  if (problem !== "") throw new EnvError("INVALID_ACTION", `${owner}: invalid action ${problem}`);
}

/** Why an observation lies outside its space, e.g. "entry 3 (speed) is 7, expected 0 to 1"; empty if not. */
export function observationProblem(spec: ObservationSpec, values: ArrayLike<number>): string {
  if (values.length !== spec.size) return `it has ${values.length} values, expected ${spec.size}`;
  for (let i = 0; i < values.length; i++) {
    const low = Math.fround(spec.low?.[i] ?? Number.NEGATIVE_INFINITY);
    const high = Math.fround(spec.high?.[i] ?? Number.POSITIVE_INFINITY);
    const isInside = Number.isFinite(values[i]) && values[i] >= low && values[i] <= high;
    const isByte = spec.whole !== true || inRange(values[i], 256);
    if (isInside && isByte) continue;
    const entry = spec.names ? `entry ${i} (${spec.names[i]})` : `entry ${i}`;
    const expected = isByte ? bounds(low, high) : "a whole number from 0 to 255";
    return `${entry} is ${values[i]}, expected ${expected}`;
  }
  return "";
}

/** Stores row `from` of a flat array of actions as bytes of `out` from `at`. */
export type ActionWriter = (
  actions: ActionArray,
  from: number,
  out: Uint8Array,
  at: number,
) => void;

/** The function that stores actions of this space as bytes. */
export function actionWriter(space: ActionSpace): ActionWriter {
  const width = actionWidth(space);
  if (space.kind === "box") {
    const scratch = new DataView(new ArrayBuffer(4));
    return (actions, from, out, at) => {
      for (let i = 0; i < width; i++) {
        scratch.setFloat32(0, actions[from + i], true);
        for (let b = 0; b < 4; b++) out[at + 4 * i + b] = scratch.getUint8(b);
      }
    };
  }
  return (actions, from, out, at) => {
    for (let i = 0; i < width; i++) out[at + i] = actions[from + i];
  };
}

/** The action that is stored in `bytes` from `at`; a vector is valid until the next call. */
export type ActionReader = (bytes: Uint8Array, at: number) => Action;

/** The function that reads actions of this space from bytes. */
export function actionReader(space: ActionSpace): ActionReader {
  if (space.kind === "discrete") return (bytes, at) => bytes[at];
  const values = actionArray(space, actionWidth(space));
  if (space.kind !== "box") {
    return (bytes, at) => {
      for (let i = 0; i < values.length; i++) values[i] = bytes[at + i];
      return values;
    };
  }
  const scratch = new DataView(new ArrayBuffer(4));
  return (bytes, at) => {
    for (let i = 0; i < values.length; i++) {
      for (let b = 0; b < 4; b++) scratch.setUint8(b, bytes[at + 4 * i + b]);
      values[i] = scratch.getFloat32(0, true);
    }
    return values;
  };
}

type VectorSpace = Exclude<ActionSpace, { kind: "discrete" }>;

function entryFits(space: VectorSpace, i: number, entry: number): boolean {
  if (space.kind === "box") {
    const isInside = entry >= Math.fround(space.low[i]) && entry <= Math.fround(space.high[i]);
    return isInside && Number.isFinite(entry);
  }
  return inRange(entry, space.kind === "multi-binary" ? 2 : space.sizes[i]);
}

function entryBounds(space: VectorSpace, i: number): string {
  if (space.kind === "box") return bounds(space.low[i], space.high[i]);
  return `0 to ${space.kind === "multi-binary" ? 1 : space.sizes[i] - 1}`;
}

function bounds(low: number, high: number): string {
  if (Number.isFinite(low) || Number.isFinite(high)) return `${low} to ${high}`;
  return "a finite number";
}

function inRange(value: number, count: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < count;
}

function shown(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    return `${value.constructor.name} of ${(value as Uint8Array).length}`;
  }
  return typeof value === "string" ? `"${value}"` : String(value);
}
