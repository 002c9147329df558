/**
 * What a run is: the content of run.json, and the same facts as the viewer gets them.
 * Not here: what the run measured (metrics.ts) and how it ended (result.ts).
 */
import { count, objectOf, oneOf, text, texts } from "./check.js";
import { FormatError } from "./errors.js";
import { decodeGameFile, type GameFileFacts } from "./game-file.js";
import type { JsonObject, JsonValue } from "./json.js";

/**
 * "paused": somebody let it stand still; its process is there. "crashed": an error ended it, or it
 * says "running" or "paused" and its process is gone (readers find that out).
 */
export type RunStatus = "running" | "paused" | "finished" | "stopped" | "crashed";

/** All statuses, in the order of a run's life. */
export const runStatuses: readonly RunStatus[] = [
  "running",
  "paused",
  "finished",
  "stopped",
  "crashed",
];

/** True while a process trains or holds still in the middle of it. */
export function isUnderWay(status: RunStatus): boolean {
  return status === "running" || status === "paused";
}

/** What products on a GPU round their factors to. */
export type RunPrecision = "float32" | "tf32" | "bfloat16";

/** All of them, the exact one first. */
export const runPrecisions: readonly RunPrecision[] = ["float32", "tf32", "bfloat16"];

/** What a run is made from; given once, at its creation. */
export interface RunSetup {
  /** Id of the game, e.g. "breakout". */
  readonly game: string;
  /** Variant of the game, e.g. "default". */
  readonly variant: string;
  /** Version of the game's rules, from its spec. */
  readonly gameVersion: number;
  /** Id of the algorithm, e.g. "ppo". */
  readonly algo: string;
  /** Seed of the run's key tree. */
  readonly seed: number;
  /** The complete configuration of the algorithm, defaults included. */
  readonly config: JsonObject;
  /** Device the networks run on, e.g. "cpu". A continuation may change what it runs on. */
  readonly device: string;
  /** Of a GPU; where it is not given, float32. */
  readonly precision?: RunPrecision;
  /** Threads of the device. */
  readonly threads: number;
  /** Env steps the run is asked for. */
  readonly totalSteps: number;
  /** Versions of what ran: node, carom, ... */
  readonly versions: Readonly<Record<string, string>>;
  /** The run's own copy of its game, where that is no part of Carom. */
  readonly gameFile?: GameFileFacts;
  /** The run whose network this one began with, where there is one. */
  readonly initFrom?: InitFromFacts;
}

/** Where a run's first parameters come from. */
export type InitFromFacts = {
  /** Id of the other run. */
  readonly run: string;
  /** Its folder, as a path from this run's folder. */
  readonly folder: string;
  /** Env steps of the checkpoint that was read. */
  readonly step: number;
  /** Arrays of parameters that were taken. */
  readonly taken: number;
  /** Arrays of parameters that this run's network has. */
  readonly arrays: number;
};

/** A run as the viewer and the CLI see it. */
export interface RunFacts extends RunSetup {
  /** Name of the run, e.g. "breakout-ppo-1". */
  readonly id: string;
  readonly status: RunStatus;
  /** Env steps done. */
  readonly steps: number;
  /** ISO 8601 date and time of the creation, UTC. */
  readonly startedAt: string;
}

/** Content of run.json. */
export interface RunManifest extends RunFacts {
  /** Version of the run folder's format. */
  readonly format: 1;
}

/** Longest name of a run. */
const maxIdLength = 100;

/**
 * True for a name that is safe as a folder's name on every system: letters, digits, `.`, `_`, `-`,
 * not first a sign.
 */
export function isRunId(id: string): boolean {
  return id.length <= maxIdLength && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id);
}

/** Checks the fields of a run.json (or of the server's answer); unknown fields are dropped. */
export function decodeRunFacts(value: JsonValue): RunFacts {
  const what = "run.json";
  const o = objectOf(what, value);
  const id = text(what, o, "id");
  if (!isRunId(id))
    throw new FormatError(`${what}: "${id.slice(0, maxIdLength)}" is not a run's name`);
  const { gameFile, initFrom, precision } = o;
  return {
    id,
    game: text(what, o, "game"),
    variant: text(what, o, "variant"),
    gameVersion: count(what, o, "gameVersion"),
    algo: text(what, o, "algo"),
    seed: count(what, o, "seed"),
    config: objectOf(`${what} config`, o["config"]),
    device: text(what, o, "device"),
    ...(precision === undefined ? {} : { precision: oneOf(what, o, "precision", runPrecisions) }),
    threads: count(what, o, "threads"),
    totalSteps: count(what, o, "totalSteps"),
    versions: texts(`${what} versions`, o["versions"]),
    status: oneOf(what, o, "status", runStatuses),
    steps: count(what, o, "steps"),
    startedAt: text(what, o, "startedAt"),
    ...(gameFile === undefined ? {} : { gameFile: decodeGameFile(gameFile) }),
    ...(initFrom === undefined ? {} : { initFrom: decodeInitFrom(initFrom) }),
  };
}

function decodeInitFrom(value: JsonValue): InitFromFacts {
  const what = "run.json initFrom";
  const o = objectOf(what, value);
  return {
    run: text(what, o, "run"),
    folder: text(what, o, "folder"),
    step: count(what, o, "step"),
    taken: count(what, o, "taken"),
    arrays: count(what, o, "arrays"),
  };
}

/** As `decodeRunFacts`, and the format's version must be one that this library reads. */
export function decodeRunManifest(value: JsonValue): RunManifest {
  const { format } = objectOf("run.json", value);
  if (format !== 1)
    throw new FormatError(`run.json: unknown format (got ${String(format)}, expected 1)`);
  return { format: 1, ...decodeRunFacts(value) };
}
