/**
 * One line of metrics.jsonl: what the run measured at a moment. Names are the same for all
 * algorithms where they mean the same.
 */
import { objectOf } from "./check.js";
import { FormatError } from "./errors.js";
import { decodeJson, encodeJson, type JsonValue } from "./json.js";

/** Values by name. Only `steps` is always there; a NaN stays a NaN. */
export interface MetricsRow {
  /** Env steps done, all environments together. */
  readonly steps: number;
  /** Seconds of training so far. */
  readonly seconds?: number;
  readonly stepsPerSecond?: number;
  /** Episodes ended so far. */
  readonly episodes?: number;
  /** Mean return of the latest episodes. */
  readonly score?: number;
  /** Best return of an episode so far. */
  readonly best?: number;
  readonly learningRate?: number;
  /** Share of the time, 0 to 1, spent in the game, in the policy, in learning. */
  readonly timeGame?: number;
  readonly timePolicy?: number;
  readonly timeLearn?: number;
  /** Mean length of the latest episodes, in decisions. */
  readonly episodeLength?: number;
  /** Bytes of memory of the whole process, and of the training thread's own heap and arrays. */
  readonly memoryProcess?: number;
  readonly memoryHeap?: number;
  readonly memoryArrays?: number;
  /** Bytes free on the disk of the run folder. */
  readonly diskFree?: number;
  /** Games that failed so far. */
  readonly faults?: number;
  /** Whatever else the algorithm measures, such as `policyLoss`; docs/algorithms says what it is. */
  readonly [name: string]: number | string | undefined;
}

/** Longest line that is written, in characters; readers pass over lines above 64 Ki. */
const maxLine = 16 * 1024;

/** The line without its newline. */
export function encodeMetricsRow(row: MetricsRow): string {
  const values: Record<string, number | string> = Object.create(null);
  for (const [name, value] of Object.entries(row)) if (value !== undefined) values[name] = value;
  const line = encodeJson(values);
  if (line.length > maxLine) {
    throw new FormatError(
      `metrics: row too long (got ${line.length}, at most ${maxLine} characters)`,
    );
  }
  return line;
}

/** The row of a line; FormatError for a line that is torn or foreign. */
export function decodeMetricsRow(line: string): MetricsRow {
  return metricsRowOf(decodeJson(line));
}

/** The row of a parsed value: an object of numbers and texts with `steps`. */
export function metricsRowOf(value: JsonValue): MetricsRow {
  const object = objectOf("metrics", value);
  for (const name of Object.keys(object)) {
    const kind = typeof object[name];
    if (kind !== "number" && kind !== "string")
      throw new FormatError(`metrics: "${name}" is neither number nor text`);
  }
  if (typeof object["steps"] !== "number") throw new FormatError('metrics: "steps" is missing');
  return object as { readonly [name: string]: number | string; readonly steps: number };
}
