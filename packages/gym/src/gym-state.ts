/**
 * The state of a GymVectorEnv as plain data, with the same names as @carom/envs gives them: all
 * that is known here of the running episodes. What Python holds of them cannot be saved.
 */
import { EnvError, type TypedArray, type VectorEnvState } from "@carom/envs";
import type { GymVectorEnv } from "./gym-env.js";

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

/** See GymVectorEnv.save. */
export function captureGym(env: GymVectorEnv): VectorEnvState {
  const arrays: Record<string, TypedArray> = { log: env.episodes.allLogs() };
  for (const [name, values] of Object.entries(columnsOf(env))) arrays[name] = copyOf(values);
  return { facts: factsOf(env), arrays };
}

/** See GymVectorEnv.restore. Checks everything before it changes anything. */
export function restoreGym(env: GymVectorEnv, state: VectorEnvState): void {
  for (const [name, expected] of Object.entries(factsOf(env))) {
    const got = Object.entries(state.facts).find(([other]) => other === name)?.[1];
    if (String(got) !== String(expected)) throw mismatch(`another ${name}`, got, expected);
  }
  const { wrappers = [] } = state.facts;
  if (wrappers.length > 0) throw mismatch("more wrappers", wrappers.join(", "), "none");
  const columns = columnsOf(env);
  for (const [name, expected] of Object.entries(columns)) {
    const got = Object.hasOwn(state.arrays, name) ? state.arrays[name] : undefined;
    if (got?.constructor === expected.constructor && got.length === expected.length) continue;
    throw mismatch(`another array "${name}"`, got && describe(got), describe(expected));
  }
  const log = checkedLog(env, state);
  for (const [name, values] of Object.entries(columns)) values.set(state.arrays[name]);
  env.episodes.setLogs(log);
}

function checkedLog(env: GymVectorEnv, { arrays }: VectorEnvState): Uint8Array {
  const { lengths, episodes, log } = arrays;
  let total = 0;
  for (let i = 0; i < env.count; i++) {
    if (!(lengths[i] >= 0 && lengths[i] <= env.maxSteps)) {
      throw mismatch("another length", lengths[i], `0 to ${env.maxSteps}`);
    }
    if (episodes[i] < 0) throw mismatch("another episode", episodes[i], "0 or more");
    total += lengths[i] * env.episodes.bytes;
  }
  if (log instanceof Uint8Array && log.length === total) return log;
  throw mismatch("another log", log?.length, total);
}

function columnsOf(env: GymVectorEnv): Record<string, TypedArray> {
  const columns: Record<string, TypedArray> = {};
  for (const name of PUBLIC) columns[name] = env[name];
  const { seeds, numbers, lengths, returns } = env.episodes;
  return { ...columns, seeds, episodes: numbers, lengths, returns };
}

function factsOf(env: GymVectorEnv): VectorEnvState["facts"] {
  const { id, variant, version } = env.spec;
  const { count, maxSteps, key } = env;
  return { game: id, variant, version, count, maxSteps, key: key.words };
}

/** A copy over ordinary memory. */
function copyOf(values: TypedArray): TypedArray {
  const type = values.constructor as new (length: number) => TypedArray;
  const copy = new type(values.length);
  copy.set(values);
  return copy;
}

function describe(values: TypedArray): string {
  return `${values.constructor.name} [${values.length}]`;
}

function mismatch(what: string, got: unknown, expected: unknown): EnvError {
  const text = `the state has ${what} (got ${got}, expected ${expected})`;
  return new EnvError("STATE_MISMATCH", `GymVectorEnv.restore: ${text}`);
}
