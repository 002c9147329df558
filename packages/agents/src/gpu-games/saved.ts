/** The state of games on a GPU as that of a LocalVectorEnv, both ways, so that a run can change its device. */
import { CompileError, readColumn, writeColumn } from "@carom/compiler";
import {
  actionBytes,
  captureState,
  EnvError,
  LocalVectorEnv,
  pixelObserver,
  type TypedArray,
  type VectorEnvState,
} from "@carom/envs";
import { scope, type Tensor, type TypedArray as TensorArray } from "@carom/tensor";
import { AgentError } from "../errors.js";
import type { GpuGames } from "./gpu-games.js";

/** Tensors that are arrays of a saved env, by their names there. */
const PLAIN = [
  "actions",
  "rewards",
  "terminated",
  "truncated",
  "episodeReturn",
  "episodeLength",
  "seeds",
  "episodes",
  "lengths",
  "returns",
] as const;
const ROWS = ["observations", "finalObservations"] as const;

/** See GpuGames.save. */
export function saveGames(games: GpuGames): VectorEnvState {
  const { tensors, spec, count, maxSteps, key } = games;
  games.observe(); // the last step may have written its rows elsewhere
  const arrays: Record<string, TypedArray> = {};
  for (const name of PLAIN) arrays[name] = tensors[name].toTypedArray();
  for (const name of ROWS) {
    arrays[name] = scope(() => envMajor(games, tensors[name]).toTypedArray());
  }
  arrays.log = readLog(games, arrays);
  Object.assign(arrays, readFields(games));
  const { id, variant, version } = spec;
  return { facts: { game: id, variant, version, count, maxSteps, key: key.words }, arrays };
}

/** See GpuGames.restore. A LocalVectorEnv says whether the state fits. */
export function restoreGames(games: GpuGames, state: VectorEnvState): void {
  const { tensors, game, spec, count, maxSteps, key, firstEnv, shows, pictures } = games;
  const { variant } = spec;
  const host = new LocalVectorEnv(game, {
    ...{ variant, count, key, firstEnv, maxSteps },
    ...(shows === "pixels" && { observer: (one) => pixelObserver(one, pictures) }),
  });
  const isKnown = state.arrays.log?.length !== 0 || largest(state.arrays.lengths ?? []) === 0;
  host.restore(isKnown ? state : withoutLog(games, state));
  const { arrays } = host.save();
  const longest = largest(arrays.lengths);
  if (longest >= games.cutAfter) {
    const what = `an episode of ${longest} decisions (expected fewer than ${games.cutAfter})`;
    throw new EnvError("STATE_MISMATCH", `GpuGames.restore: the state has ${what}`);
  }
  const memory = fieldMemory(games, arrays);
  for (const name of PLAIN) tensors[name].write(tensorArray(arrays[name]));
  for (const name of ROWS) writeRows(games, tensors[name], arrays[name]);
  tensors.state.write(memory);
  tensors.places.write(Int32Array.from(arrays.lengths));
  tensors.ends.fill(0);
  const { log } = games;
  if (isKnown && longest <= log.length) writeLog(games, arrays);
  else {
    const { episodes, lengths } = arrays;
    log.unknown = Int32Array.from(episodes, (one, env) => (lengths[env] === 0 ? -1 : one));
  }
}

/** The games' fields; those that never change are not on the device. */
function readFields({
  game,
  spec,
  count,
  compiled,
  tensors,
}: GpuGames): Record<string, TypedArray> {
  const fields: Record<string, TypedArray> = {};
  for (const [name, value] of Object.entries(captureState(game.create(spec.variant)))) {
    if (typeof value === "number") fields[`field.${name}`] = new Float64Array(count).fill(value);
    else if (typeof value === "boolean")
      fields[`field.${name}`] = new Uint8Array(count).fill(value ? 1 : 0);
    else fields[`field.${name}`] = repeated(value, count);
  }
  const { buffer } = Uint8Array.from(tensors.state.toTypedArray());
  for (const column of compiled.layout.columns) {
    fields[`field.${column.name}`] = readColumn(column, buffer, count);
  }
  return fields;
}

function repeated(values: TypedArray, count: number): TypedArray {
  const type = values.constructor as new (length: number) => TypedArray;
  const all = new type(values.length * count);
  for (let env = 0; env < count; env++) all.set(values, env * values.length);
  return all;
}

/** The games' fields as they lie on the device. @throws AgentError FOREIGN_STATE */
function fieldMemory(
  { compiled, count }: GpuGames,
  arrays: Readonly<Record<string, TypedArray>>,
): Uint8Array {
  const memory = new Uint8Array(compiled.layout.bytes * count);
  try {
    for (const column of compiled.layout.columns) {
      writeColumn(column, memory.buffer, count, arrays[`field.${column.name}`]);
    }
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new AgentError("FOREIGN_STATE", `${compiled.spec.id}: ${error.message}`);
  }
  return memory;
}

/** The decisions of the running episodes, game after game; empty where one of them is not known as a whole. */
function readLog(
  { tensors, log }: GpuGames,
  arrays: Readonly<Record<string, TypedArray>>,
): TypedArray {
  const { lengths, episodes } = arrays;
  const places = tensors.places.toTypedArray();
  const { unknown } = log;
  const runs = Array.from(lengths, (length, env) => {
    return { env, place: log.before(places[env], length), length };
  });
  const isLost = ({ env, length }: (typeof runs)[number]): boolean =>
    length > log.length || (length > 0 && unknown?.[env] === episodes[env]);
  if (runs.some(isLost)) return new Uint8Array(0);
  const out = new Uint8Array(sumOf(lengths) * log.bytes);
  let at = 0;
  for (const part of log.read(runs)) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function writeLog(
  { log, count }: GpuGames,
  { lengths, log: saved }: Readonly<Record<string, TypedArray>>,
): void {
  const { bytes } = log;
  const longest = largest(lengths);
  const steps = new Uint8Array(longest * count * bytes);
  let at = 0;
  for (let env = 0; env < count; env++) {
    for (let step = 0; step < lengths[env]; step++) {
      steps.set(saved.subarray(at, at + bytes), (step * count + env) * bytes);
      at += bytes;
    }
  }
  log.write(steps, longest);
  log.unknown = undefined;
}

/** A state whose running episodes have decisions that nobody reads. */
function withoutLog({ spec }: GpuGames, state: VectorEnvState): VectorEnvState {
  const { lengths } = state.arrays;
  const log = new Uint8Array(Math.max(0, sumOf(lengths ?? [])) * actionBytes(spec.actions));
  return { ...state, arrays: { ...state.arrays, log } };
}

/** Rows `[n, O]`, whatever their layout. */
function envMajor(games: GpuGames, rows: Tensor): Tensor {
  return isTurned(games) ? rows.transpose() : rows;
}

function isTurned({ layout, shows }: GpuGames): boolean {
  return layout === "feature-major" && shows === "state";
}

function writeRows(games: GpuGames, rows: Tensor, values: TypedArray): void {
  if (!isTurned(games)) {
    rows.write(tensorArray(values));
    return;
  }
  const { count } = games;
  const { size } = games.spec.observation;
  const turned = new Float32Array(values.length);
  for (let env = 0; env < count; env++) {
    for (let i = 0; i < size; i++) turned[i * count + env] = values[env * size + i];
  }
  rows.write(turned);
}

/** An array of a type that tensors have. */
export function tensorArray(values: TypedArray): TensorArray {
  const fits =
    values instanceof Float32Array ||
    values instanceof Float64Array ||
    values instanceof Int32Array ||
    values instanceof Uint8Array;
  return fits ? values : Float64Array.from(values);
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, value);
  return most;
}
