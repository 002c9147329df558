/**
 * One line of events.jsonl: what people asked of the run while it trained, and what its health told.
 * Never taken back, not even when a run goes back to an earlier step.
 */
import { count, objectOf, oneOf, text } from "./check.js";
import { type ControlVerb, controlVerbs } from "./control.js";
import { type AlertLevel, alertLevels, type HealthRule, healthRules } from "./health.js";
import { decodeJson, encodeJson, type JsonValue } from "./json.js";

/** Who asked: somebody at a viewer, or at the terminal (Ctrl-C). */
export type ControlOrigin = "viewer" | "terminal";

/** When something happened. */
export interface EventPlace {
  /** ISO 8601 date and time, UTC. */
  readonly at: string;
  /** Env steps of the run. */
  readonly steps: number;
}

/** Something was asked and accepted. */
export interface ControlEvent extends EventPlace {
  readonly kind: "control";
  readonly verb: ControlVerb;
  readonly by: ControlOrigin;
}

/** A checkpoint that somebody asked for is on the disk. */
export interface SavedEvent extends EventPlace {
  readonly kind: "saved";
}

/** The health of the run changed. */
export interface AlertEvent extends EventPlace {
  readonly kind: "alert";
  readonly rule: HealthRule;
  readonly level: AlertLevel;
  readonly state: "raised" | "cleared";
  /** What is wrong, a sentence. */
  readonly message: string;
}

/** A line of events.jsonl. */
export type RunEvent = ControlEvent | SavedEvent | AlertEvent;

/** An event without its place, which the run folder's writer adds. */
export type NewRunEvent =
  | Omit<ControlEvent, "at">
  | Omit<SavedEvent, "at">
  | Omit<AlertEvent, "at">;

/** The line without its newline. */
export function encodeRunEvent(event: RunEvent): string {
  return encodeJson(event);
}

/** The event of a line; FormatError for a line that is torn or foreign. */
export function decodeRunEvent(line: string): RunEvent {
  return runEventOf(decodeJson(line));
}

/** Checks the fields of an event; unknown fields are dropped. */
export function runEventOf(value: JsonValue): RunEvent {
  const o = objectOf("event", value);
  const kind = oneOf("event", o, "kind", ["control", "saved", "alert"] as const);
  const place = { at: text("event", o, "at"), steps: count("event", o, "steps") };
  if (kind === "saved") return { kind, ...place };
  if (kind === "control") {
    const verb = oneOf("event", o, "verb", controlVerbs);
    return { kind, verb, by: oneOf("event", o, "by", ["viewer", "terminal"] as const), ...place };
  }
  return {
    kind,
    rule: oneOf("event", o, "rule", healthRules),
    level: oneOf("event", o, "level", alertLevels),
    state: oneOf("event", o, "state", ["raised", "cleared"] as const),
    message: text("event", o, "message"),
    ...place,
  };
}
