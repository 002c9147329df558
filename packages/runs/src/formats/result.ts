/**
 * Content of result.json: how a run ended. Written once, by the process that ended it.
 */
import { count, finite, objectOf, oneOf, text } from "./check.js";
import { FormatError } from "./errors.js";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.js";

/** Figures of an evaluation: returns of episodes played with the final policy. */
export interface EvaluationFigures {
  readonly episodes: number;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** How a run ended. */
export interface RunResult {
  /** "finished": all steps done; "stopped": asked to stop before; "failed": an error ended it. */
  readonly outcome: "finished" | "stopped" | "failed";
  /** One sentence: why it ended. */
  readonly reason: string;
  readonly steps: number;
  readonly episodes: number;
  /** Seconds of training, pauses left out. */
  readonly seconds: number;
  /** Mean return of the latest episodes; null if none ended. */
  readonly score: number | null;
  /** Best return of an episode; null if none ended. */
  readonly best: number | null;
  /** ISO 8601 date and time, UTC. */
  readonly finishedAt: string;
  readonly evaluation?: EvaluationFigures;
  /** Anything else worth keeping. */
  readonly details?: JsonObject;
}

const outcomes = ["finished", "stopped", "failed"] as const;

/** Checks the fields of a result.json; unknown fields are dropped. */
export function decodeRunResult(value: JsonValue): RunResult {
  const what = "result.json";
  const o = objectOf(what, value);
  if (o["format"] !== 1) throw new FormatError(`${what}: unknown format (expected 1)`);
  return {
    outcome: oneOf(what, o, "outcome", outcomes),
    reason: text(what, o, "reason"),
    steps: count(what, o, "steps"),
    episodes: count(what, o, "episodes"),
    seconds: finite(what, o, "seconds"),
    score: o["score"] === null ? null : finite(what, o, "score"),
    best: o["best"] === null ? null : finite(what, o, "best"),
    finishedAt: text(what, o, "finishedAt"),
    ...(o["evaluation"] === undefined ? {} : { evaluation: evaluationOf(o["evaluation"]) }),
    ...(isJsonObject(o["details"]) ? { details: o["details"] } : {}),
  };
}

function evaluationOf(value: JsonValue): EvaluationFigures {
  const what = "result.json evaluation";
  const o = objectOf(what, value);
  return {
    episodes: count(what, o, "episodes"),
    mean: finite(what, o, "mean"),
    std: finite(what, o, "std"),
    min: finite(what, o, "min"),
    max: finite(what, o, "max"),
  };
}
