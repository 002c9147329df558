/**
 * What a sweep is and what its trials gave, as plain data: sweep.json, written once, and the lines of
 * trials.jsonl, one per run that ended. What was read is checked before it is believed. Not here: how
 * trials are chosen (halving.ts) and run (trial-runner.ts).
 */
import type { ConfigValue } from "@carom/agents";
import { isJsonObject, type JsonObject, type JsonValue } from "@carom/runs/formats";
import type { Precision } from "@carom/tensor";
import { type DeviceChoice, precisions } from "../device.js";
import { CliError } from "../errors.js";
import { parseDevice } from "../values.js";
import type { Rung } from "./halving.js";
import type { SweepParameter, TrialValues } from "./space.js";

/** Names of a sweep's files. */
export const sweepFiles = {
  plan: "sweep.json",
  log: "trials.jsonl",
  /** The sweep's own copy of its game, where that is no part of Carom. */
  game: "game.mjs",
  runs: "runs",
  table: "table.md",
  csv: "trials.csv",
  picture: "sweep.svg",
} as const;

/** What a trial is judged by: the last 100 episodes, or the area under the curve of all. */
export const objectives = ["final", "area"] as const;
export type Objective = (typeof objectives)[number];

/** Everything that decides a sweep's outcome. */
export type SweepPlan = {
  /** Id of the game. */
  readonly game: string;
  /** Whether the sweep's folder has the game as a file. */
  readonly ownGame: boolean;
  readonly variant: string;
  readonly algo: string;
  /** Root of what follows. */
  readonly seed: number;
  /** Values of every trial. */
  readonly trials: readonly TrialValues[];
  /**
   * Seeds of each trial's runs. All trials have the same, so that luck with the games is the same
   * for all.
   */
  readonly seeds: readonly number[];
  readonly rungs: readonly Rung[];
  readonly objective: Objective;
  readonly parameters: readonly SweepParameter[];
  /** Settings that are the same in all trials, as text. */
  readonly settings: Readonly<Record<string, string>>;
  readonly device: DeviceChoice;
  /** Of a GPU; null for float32. */
  readonly precision: Precision | null;
  /** Threads of each run's device. */
  readonly threads: number;
};

/** One run of a sweep. */
export interface Task {
  /** From 0. */
  readonly trial: number;
  /** From 0, the smallest budget. */
  readonly rung: number;
  /** Number of the seed, from 0. */
  readonly seed: number;
}

/** One run that ended; a line of trials.jsonl. */
export type TrialRecord = Task & {
  /** Env steps done; 0 where it failed before any was counted. */
  readonly steps: number;
  /** Seconds of training. */
  readonly seconds: number;
  /** Mean of the last 100 episodes; null if none ended. */
  readonly final: number | null;
  /** Mean of that over the env steps; null if no episode ended. */
  readonly area: number | null;
  /** Why the run failed, in one sentence; null if it did not. */
  readonly failure: string | null;
};

/** The record's score by the sweep's objective; null for a run that failed or has none. */
export function scoreOf(record: TrialRecord, objective: Objective): number | null {
  return record.failure === null ? record[objective] : null;
}

/** Name of a run's folder: `trial-007-rung-1-seed-0`, all numbers from 0. */
export function runName({ trial, rung, seed }: Task): string {
  return `trial-${String(trial).padStart(3, "0")}-rung-${rung}-seed-${seed}`;
}

/** What sweep.json holds. */
export function encodePlan(plan: SweepPlan, versions: Readonly<Record<string, string>>): object {
  return { format: 1, kind: "carom-sweep", ...plan, versions };
}

/** The plan of a sweep.json. @throws CliError SWEEP_CORRUPT */
export function decodePlan(value: JsonValue): SweepPlan {
  const o = objectOf(sweepFiles.plan, value);
  if (o["kind"] !== "carom-sweep" || o["format"] !== 1) {
    throw corrupt(sweepFiles.plan, `kind or format (expected carom-sweep, 1)`);
  }
  const in_ = reader(sweepFiles.plan, o);
  return {
    game: in_.text("game"),
    ownGame: in_.flag("ownGame"),
    variant: in_.text("variant"),
    algo: in_.text("algo"),
    seed: in_.count("seed"),
    trials: in_.list("trials").map(decodeValues),
    seeds: in_.list("seeds").map(Number),
    rungs: in_.list("rungs").map(decodeRung),
    objective: in_.oneOf("objective", objectives),
    parameters: in_.list("parameters").map(decodeParameter),
    settings: decodeSettings(o["settings"]),
    device: parseDevice(`${sweepFiles.plan}: device`, in_.text("device")),
    precision: in_.has("precision")
      ? in_.optional("precision", (field) => in_.oneOf(field, precisions))
      : null,
    threads: in_.count("threads"),
  };
}

/** A line of trials.jsonl. @throws CliError SWEEP_CORRUPT */
export function decodeRecord(value: JsonValue): TrialRecord {
  const in_ = reader(sweepFiles.log, objectOf(sweepFiles.log, value));
  return {
    trial: in_.count("trial"),
    rung: in_.count("rung"),
    seed: in_.count("seed"),
    steps: in_.count("steps"),
    seconds: in_.finite("seconds"),
    final: in_.optional("final", in_.finite),
    area: in_.optional("area", in_.finite),
    failure: in_.optional("failure", in_.text),
  };
}

function decodeRung(value: JsonValue): Rung {
  const in_ = reader("rungs", objectOf("rungs", value));
  return { trials: in_.count("trials"), steps: in_.count("steps") };
}

function decodeParameter(value: JsonValue): SweepParameter {
  const in_ = reader("parameters", objectOf("parameters", value));
  const key = in_.text("key");
  if (in_.has("choices")) return { key, choices: in_.list("choices").map(decodeChoice) };
  return {
    key,
    low: in_.finite("low"),
    high: in_.finite("high"),
    scale: in_.oneOf("scale", ["linear", "log"] as const),
    integer: in_.flag("integer"),
  };
}

function decodeValues(value: JsonValue): TrialValues {
  const entries = Object.entries(objectOf("trials", value));
  return Object.fromEntries(entries.map(([key, one]) => [key, decodeChoice(one)]));
}

function decodeChoice(value: JsonValue): ConfigValue {
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") {
    return value;
  }
  throw corrupt("value", "a number, a text, true or false");
}

function decodeSettings(value: JsonValue | undefined): Record<string, string> {
  const o = objectOf("settings", value);
  const in_ = reader("settings", o);
  return Object.fromEntries(Object.keys(o).map((key) => [key, in_.text(key)]));
}

/** Field checks; each names the field that is wrong. */
interface Reader {
  has(field: string): boolean;
  text(field: string): string;
  finite(field: string): number;
  count(field: string): number;
  flag(field: string): boolean;
  list(field: string): readonly JsonValue[];
  oneOf<T extends string>(field: string, words: readonly T[]): T;
  optional<T>(field: string, read: (field: string) => T): T | null;
}

function reader(what: string, o: JsonObject): Reader {
  const wrong = (field: string, expected: string): CliError =>
    corrupt(what, `"${field}" (expected ${expected})`);
  const finite = (field: string): number => {
    const value = o[field];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw wrong(field, "a finite number");
  };
  return {
    has: (field) => Object.hasOwn(o, field),
    finite,
    text(field) {
      const value = o[field];
      if (typeof value === "string") return value;
      throw wrong(field, "a text");
    },
    count(field) {
      const value = finite(field);
      if (Number.isSafeInteger(value) && value >= 0) return value;
      throw wrong(field, "a whole number");
    },
    flag(field) {
      const value = o[field];
      if (typeof value === "boolean") return value;
      throw wrong(field, "true or false");
    },
    list(field) {
      const value = o[field];
      if (Array.isArray(value)) return value;
      throw wrong(field, "a list");
    },
    oneOf(field, words) {
      const found = words.find((word) => word === o[field]);
      if (found !== undefined) return found;
      throw wrong(field, `one of ${words.join(", ")}`);
    },
    optional: (field, read) => (o[field] === null ? null : read(field)),
  };
}

function objectOf(what: string, value: JsonValue | undefined): JsonObject {
  if (isJsonObject(value)) return value;
  throw corrupt(what, "an object");
}

function corrupt(what: string, problem: string): CliError {
  return new CliError("SWEEP_CORRUPT", `the sweep cannot be read: ${what}: wrong ${problem}`);
}
