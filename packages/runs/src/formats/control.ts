/**
 * What a viewer may ask of the training, and the answer: the bodies of POST /api/control. Version 1
 * on both ends; another version is refused, not guessed.
 */
import { count, flag, objectOf, oneOf, text } from "./check.js";
import { FormatError } from "./errors.js";
import { decodeJson, type JsonObject, type JsonValue } from "./json.js";

/**
 * "pause": stand still after the iteration in progress. "resume": go on. "save": a checkpoint now.
 * "stop": save and end; the run can be continued.
 */
export type ControlVerb = "pause" | "resume" | "save" | "stop";

/** All verbs. */
export const controlVerbs: readonly ControlVerb[] = ["pause", "resume", "save", "stop"];

/** Version of both bodies. */
const controlVersion: number = 1;

/** What a viewer sends. */
export interface ControlRequest {
  readonly verb: ControlVerb;
}

/** What it gets: whether it will be done, and a sentence. */
export interface ControlAnswer {
  readonly accepted: boolean;
  /** Why not, or what happens now. */
  readonly message: string;
}

/** Whether this server takes requests at all; part of "hello". */
export interface ControlFacts {
  readonly available: boolean;
  /** A sentence that says why not; empty where it is. */
  readonly reason: string;
}

/** The body of a request. */
export function encodeControlRequest({ verb }: ControlRequest): string {
  return JSON.stringify({ version: controlVersion, verb });
}

/** The request of a body; FormatError if it is none. Fields beyond the two are refused. */
export function decodeControlRequest(body: string): ControlRequest {
  const o = versioned("control request", body);
  const extra = Object.keys(o).find((name) => name !== "version" && name !== "verb");
  if (extra !== undefined) {
    throw new FormatError(`control request: unknown field "${extra.slice(0, 40)}"`);
  }
  return { verb: oneOf("control request", o, "verb", controlVerbs) };
}

/** The body of an answer. */
export function encodeControlAnswer({ accepted, message }: ControlAnswer): string {
  return JSON.stringify({ version: controlVersion, accepted, message });
}

/** The answer of a body; FormatError if it is none. */
export function decodeControlAnswer(body: string): ControlAnswer {
  const o = versioned("control answer", body);
  return {
    accepted: flag("control answer", o, "accepted"),
    message: text("control answer", o, "message"),
  };
}

/** What "hello" says of control. */
export function decodeControlFacts(value: JsonValue): ControlFacts {
  const o = objectOf("control", value);
  return { available: flag("control", o, "available"), reason: text("control", o, "reason") };
}

function versioned(what: string, body: string): JsonObject {
  const o = objectOf(what, decodeJson(body));
  const version = count(what, o, "version");
  if (version !== controlVersion) {
    throw new FormatError(`${what}: unknown version (got ${version}, expected ${controlVersion})`);
  }
  return o;
}
