/**
 * A trainer's state together with the run's counters, as a checkpoint of the run folder stores it.
 *
 * Arrays go to one file per part of the trainer. The part is the first word of the array's path:
 * `parameters.actor.weight` goes to model.safetensors, `optimizer.m` to optimizer.safetensors. What
 * belongs to the trainer is not looked into otherwise.
 */
import type { JsonValue, SavedState } from "@carom/agents";
import type { LoadedCheckpoint, SavedState as StoredState } from "@carom/runs";
import { CliError } from "./errors.js";
import { readProgress, type SavedProgress } from "./progress.js";
import type { Limits } from "./status/block.js";

/** What the command adds to a trainer's state. */
export interface Companion {
  readonly progress: SavedProgress;
  /** The limits that the run was last started with; a continuation keeps them. */
  readonly limits: Limits;
}

/** A checkpoint taken apart again. */
export interface Restored extends Companion {
  readonly state: SavedState;
}

/** Parts whose file has another name than the part. */
const fileNames: Readonly<Record<string, string>> = { parameters: "model" };

/** The state as the run folder stores it. */
export function packCheckpoint(state: SavedState, { progress, limits }: Companion): StoredState {
  const arrays = Object.entries(state.arrays).map(([path, array]) => [storedName(path), array]);
  return { arrays: Object.fromEntries(arrays), json: { trainer: state.json, progress, limits } };
}

/** @throws CliError CHECKPOINT_FOREIGN when it holds something else than `packCheckpoint` gave. */
export function unpackCheckpoint(checkpoint: LoadedCheckpoint): Restored {
  const json = asRecord(checkpoint.json);
  const trainer = asRecord(json?.trainer);
  const progress = readProgress(json?.progress);
  const limits = asRecord(json?.limits);
  if (trainer === null || progress === null || limits === null) throw foreign(checkpoint);
  const arrays: Record<string, SavedState["arrays"][string]> = {};
  for (const [name, { dtype, shape, data }] of Object.entries(checkpoint.arrays)) {
    if (dtype === "bool") throw foreign(checkpoint);
    arrays[name.slice(name.indexOf("/") + 1)] = { dtype, shape, data };
  }
  return { state: { arrays, json: trainer }, progress, limits: readLimits(limits, checkpoint) };
}

/** `parameters.actor.weight` -> `model/parameters.actor.weight`. */
function storedName(path: string): string {
  const part = path.split(".", 1)[0];
  return `${fileNames[part] ?? part.toLowerCase()}/${path}`;
}

function readLimits(limits: JsonRecord, checkpoint: LoadedCheckpoint): Limits {
  const { steps, seconds, score } = limits;
  if (typeof steps !== "number") throw foreign(checkpoint);
  return {
    steps,
    seconds: typeof seconds === "number" ? seconds : null,
    score: typeof score === "number" ? score : null,
  };
}

type JsonRecord = { readonly [key: string]: JsonValue };

function asRecord(value: JsonValue | undefined): JsonRecord | null {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as JsonRecord) : null;
}

function foreign({ name }: LoadedCheckpoint): CliError {
  return new CliError(
    "CHECKPOINT_FOREIGN",
    `checkpoint ${name} was not made by carom train (its state.json lacks trainer, progress or limits)`,
  );
}
