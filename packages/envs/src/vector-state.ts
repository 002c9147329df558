/**
 * The state of a VectorEnv as plain data: facts as JSON, everything else as columns. A field of the
 * game that is a number becomes a Float64Array [count], a boolean a Uint8Array [count], a typed
 * array one of the same type [count * length]; so a checkpoint stores it as a handful of arrays,
 * whatever the game.
 */
import { EnvError } from "./errors.js";
import type { LocalVectorEnv } from "./local-env.js";
import { fieldNames, isTypedArray, readField, type TypedArray, writeField } from "./state.js";

/** A saved vector env: can be cloned, posted to a thread or written to a checkpoint. */
export interface VectorEnvState {
  /** What must be equal where it is restored. */
  readonly facts: {
    /** Id of the game. */
    readonly game: string;
    /** Its rule set. */
    readonly variant: string;
    /** Version of its rules. */
    readonly version: number;
    /** Number of games. */
    readonly count: number;
    /** Time limit, in decisions. */
    readonly maxSteps: number;
    /** Words of the key of the games' seeds. */
    readonly key: readonly [number, number];
    /** What stands around the games, from the inside out; absent where nothing does. */
    readonly wrappers?: readonly string[];
  };
  /**
   * `field.<name>` for the games' fields, and of the env itself: `log` (the actions of the running
   * episodes, one after the other), `seeds`, `episodes`, `lengths`, `returns`, and the public
   * arrays by their names.
   */
  readonly arrays: Readonly<Record<string, TypedArray>>;
}

const PUBLIC = [
  "observations",
  "finalObservations",
  "actions",
  "rewards",
  "terminated",
  "truncated",
  "episodeReturn",
  "episodeLength",
] as const;
const RUNNING = ["seeds", "episodes", "lengths", "returns"] as const;

/** See VectorEnv.save. */
export function captureVector(env: LocalVectorEnv): VectorEnvState {
  const arrays: Record<string, TypedArray> = {};
  for (const name of [...PUBLIC, ...RUNNING]) arrays[name] = copyOf(env[name]);
  const total = env.lengths.reduce((sum, length) => sum + length, 0);
  const log = new Uint8Array(total * env.bytes);
  let at = 0;
  for (let i = 0; i < env.count; i++) {
    const { actions } = env.current(i);
    log.set(actions, at);
    at += actions.length;
  }
  arrays.log = log;
  for (const name of fieldNames(env.games[0])) arrays[`field.${name}`] = column(env, name);
  return { facts: factsOf(env), arrays };
}

/** See VectorEnv.restore. Checks everything before it changes anything. */
export function restoreVector(env: LocalVectorEnv, state: VectorEnvState): void {
  const facts = factsOf(env);
  for (const [name, expected] of Object.entries(facts)) {
    const got = Object.entries(state.facts).find(([other]) => other === name)?.[1];
    if (String(got) !== String(expected)) throw mismatch(`another ${name}`, got, expected);
  }
  const { wrappers = [] } = state.facts;
  if (wrappers.length > 0) throw mismatch("more wrappers", wrappers.join(", "), "none");
  const fields = fieldNames(env.games[0]);
  for (const name of [...PUBLIC, ...RUNNING]) checkColumn(state, name, env[name]);
  for (const name of fields) checkColumn(state, `field.${name}`, column(env, name));
  const { lengths, log } = state.arrays;
  let total = 0;
  for (const length of lengths) {
    if (length < 0 || length > env.maxSteps) {
      throw mismatch("another length", length, `0 to ${env.maxSteps}`);
    }
    total += length;
  }
  if (!(log instanceof Uint8Array) || log.length !== total * env.bytes) {
    throw mismatch("another log", log?.length, total * env.bytes);
  }

  for (const name of [...PUBLIC, ...RUNNING]) env[name].set(state.arrays[name]);
  let at = 0;
  for (let i = 0; i < env.count; i++) {
    const actions = log.subarray(at, at + env.lengths[i] * env.bytes);
    if (env.logs[i].length < actions.length) env.logs[i] = new Uint8Array(2 * actions.length);
    env.logs[i].set(actions);
    at += actions.length;
  }
  for (const name of fields) spread(env, name, state.arrays[`field.${name}`]);
  env.started = true;
}

function factsOf(env: LocalVectorEnv): VectorEnvState["facts"] {
  const { id, variant, version } = env.spec;
  return {
    game: id,
    variant,
    version,
    count: env.count,
    maxSteps: env.maxSteps,
    key: env.key.words,
  };
}

/** One field of all games, one after the other. */
function column(env: LocalVectorEnv, name: string): TypedArray {
  const first = readField(env.games[0], name);
  if (isTypedArray(first)) {
    const values = copyOf(first, env.count * first.length);
    for (let i = 0; i < env.count; i++)
      values.set(readField(env.games[i], name) as TypedArray, i * first.length);
    return values;
  }
  const values =
    typeof first === "boolean" ? new Uint8Array(env.count) : new Float64Array(env.count);
  for (let i = 0; i < env.count; i++) values[i] = Number(readField(env.games[i], name));
  return values;
}

/** Gives each game its part of a column. */
function spread(env: LocalVectorEnv, name: string, values: TypedArray): void {
  const length = values.length / env.count;
  for (let i = 0; i < env.count; i++) {
    const present = readField(env.games[i], name);
    if (isTypedArray(present))
      writeField(env.games[i], name, values.subarray(i * length, (i + 1) * length));
    else writeField(env.games[i], name, typeof present === "boolean" ? values[i] !== 0 : values[i]);
  }
}

/**
 * A new array of the same type (over ordinary memory), with `length` elements, beginning with those
 * of `values`.
 */
function copyOf(values: TypedArray, length: number = values.length): TypedArray {
  const type = values.constructor as new (length: number) => TypedArray;
  const copy = new type(length);
  copy.set(values);
  return copy;
}

function checkColumn(state: VectorEnvState, name: string, expected: TypedArray): void {
  const got = Object.hasOwn(state.arrays, name) ? state.arrays[name] : undefined;
  if (got?.constructor === expected.constructor && got.length === expected.length) return;
  throw mismatch(`another array "${name}"`, got && describe(got), describe(expected));
}

function describe(values: TypedArray): string {
  return `${values.constructor.name} [${values.length}]`;
}

function mismatch(what: string, got: unknown, expected: unknown): EnvError {
  return new EnvError(
    "STATE_MISMATCH",
    `VectorEnv.restore: the state has ${what} (got ${got}, expected ${expected})`,
  );
}
