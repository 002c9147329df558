/**
 * Content of result.json: what a finished run reached. Written once, by the process that finished it.
 * Not here: whether and why a run ended; its status is in run.json.
 */
import { count, finite, objectOf, text, texts } from "./check.js";
import { FormatError } from "./errors.js";
import type { JsonObject, JsonValue } from "./json.js";

/** When a run first was as good as a milestone. */
export interface RunMilestone {
  /** Env steps. */
  readonly steps: number;
  /** Seconds of training. */
  readonly seconds: number;
}

/** Returns of the latest episodes; mean and std are null if none ended. */
export interface RunScore {
  readonly mean: number | null;
  readonly std: number | null;
  readonly episodes: number;
}

/** What a finished run reached. */
export interface RunResult {
  readonly game: string;
  readonly variant: string;
  readonly algo: string;
  readonly seed: number;
  readonly steps: number;
  /** Seconds of training, over all continuations. */
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly score: RunScore;
  /**
   * Mean of the score (that of the latest episodes at each moment) over the env steps; null if no
   * episode ended. Results of older versions have none.
   */
  readonly area?: number | null;
  /** By the mean score that was to be reached; null if it never was. */
  readonly reached: Readonly<Record<string, RunMilestone | null>>;
  /** Versions of what ran: node, carom, ... */
  readonly versions: Readonly<Record<string, string>>;
}

const what = "result.json";

/** Checks the fields of a result.json; unknown fields are dropped. */
export function decodeRunResult(value: JsonValue): RunResult {
  const o = objectOf(what, value);
  return {
    game: text(what, o, "game"),
    variant: text(what, o, "variant"),
    algo: text(what, o, "algo"),
    seed: count(what, o, "seed"),
    steps: count(what, o, "steps"),
    seconds: finite(what, o, "seconds"),
    stepsPerSecond: finite(what, o, "stepsPerSecond"),
    score: scoreOf(objectOf(`${what} score`, o["score"])),
    ...areaOf(o),
    reached: reachedOf(objectOf(`${what} reached`, o["reached"])),
    versions: texts(`${what} versions`, o["versions"]),
  };
}

function scoreOf(o: JsonObject): RunScore {
  const where = `${what} score`;
  const episodes = count(where, o, "episodes");
  if (o["mean"] === null && o["std"] === null) return { mean: null, std: null, episodes };
  return { mean: finite(where, o, "mean"), std: finite(where, o, "std"), episodes };
}

function areaOf(o: JsonObject): Pick<RunResult, "area"> {
  if (o["area"] === undefined) return {};
  return { area: o["area"] === null ? null : finite(what, o, "area") };
}

function reachedOf(o: JsonObject): RunResult["reached"] {
  const reached: Record<string, RunMilestone | null> = Object.create(null);
  for (const [milestone, value] of Object.entries(o)) {
    if (!Number.isFinite(Number(milestone))) {
      throw new FormatError(`${what} reached: "${milestone.slice(0, 20)}" is not a score`);
    }
    reached[milestone] = value === null ? null : milestoneOf(objectOf(`${what} reached`, value));
  }
  return reached;
}

function milestoneOf(o: JsonObject): RunMilestone {
  const where = `${what} reached`;
  return { steps: count(where, o, "steps"), seconds: finite(where, o, "seconds") };
}
