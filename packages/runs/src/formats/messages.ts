/**
 * Text messages of the live link, and the pages of the HTTP interface. Live boards travel as binary
 * frames (live.ts).
 */
import { count, isCount, objectOf, oneOf } from "./check.js";
import { type ControlFacts, decodeControlFacts } from "./control.js";
import { decodeEpisodeEntry, type EpisodeEntry } from "./episodes.js";
import { FormatError } from "./errors.js";
import { type RunEvent, runEventOf } from "./events.js";
import { decodeRunFacts, type RunFacts, type RunStatus, runStatuses } from "./facts.js";
import { decodeJson, type JsonObject, type JsonValue } from "./json.js";
import { type MetricsRow, metricsRowOf } from "./metrics.js";
import { decodePolicyEntry, type PolicyEntry } from "./policies.js";

/**
 * Server to viewer. "hello" comes first, and again when history was rewritten (a resumed run): ask
 * for everything anew. `control` is left out by servers that know no control. "metrics", "episodes",
 * "policies" and "events" say how much there is now; fetch from `since` on. `page` has what is new since the last such message,
 * where that is little: who has all before it needs not fetch.
 */
export type ServerMessage =
  | { readonly type: "hello"; readonly run: RunFacts; readonly control?: ControlFacts }
  | { readonly type: "metrics"; readonly next: number; readonly page?: MetricsPage }
  | { readonly type: "episodes"; readonly next: number; readonly page?: EpisodesPage }
  | { readonly type: "events"; readonly next: number }
  | { readonly type: "policies"; readonly next: number }
  | { readonly type: "status"; readonly status: RunStatus };

/**
 * Viewer to server. "want" says how many live boards it wants; asking again resends them from the start. "ack" says how
 * many live frames it has taken in since it connected: with two under way it gets no more.
 */
export type ClientMessage =
  | { readonly type: "want"; readonly boards: number }
  | { readonly type: "ack"; readonly frames: number };

/** Most boards a viewer can watch. */
const maxLiveBoards: number = 64;

/**
 * Answer of GET /api/metrics?since=n. Rows [from, next); `from` is less than asked if history was
 * rewritten.
 */
export interface MetricsPage {
  readonly from: number;
  readonly next: number;
  readonly rows: readonly MetricsRow[];
}

/**
 * Answer of GET /api/episodes?since=n. Index lines [from, next); episodes whose replay is gone are
 * left out.
 */
export interface EpisodesPage {
  readonly from: number;
  readonly next: number;
  readonly episodes: readonly EpisodeEntry[];
}

/** Answer of GET /api/events?since=n: lines [from, next) of what was asked and what was wrong. */
export interface EventsPage {
  readonly from: number;
  readonly next: number;
  readonly events: readonly RunEvent[];
}

/**
 * Answer of GET /api/policies?since=n. Index lines [from, next); policies that went to make room are
 * left out.
 */
export interface PoliciesPage {
  readonly from: number;
  readonly next: number;
  readonly policies: readonly PolicyEntry[];
}

/** The message of a text that a viewer sent; FormatError if it is none. */
export function decodeClientMessage(text: string): ClientMessage {
  const o = objectOf("message", decodeJson(text));
  const type = oneOf("message", o, "type", ["want", "ack"] as const);
  if (type === "ack") return { type, frames: count("message", o, "frames") };
  const boards = count("message", o, "boards");
  if (boards > maxLiveBoards)
    throw new FormatError(`message: boards above ${maxLiveBoards} (got ${boards})`);
  return { type, boards };
}

const serverMessages = ["hello", "metrics", "episodes", "policies", "events", "status"] as const;

/** The message of a text that the server sent; FormatError if it is none. */
export function decodeServerMessage(text: string): ServerMessage {
  const o = objectOf("message", decodeJson(text));
  const type = oneOf("message", o, "type", serverMessages);
  if (type === "hello") {
    const run = decodeRunFacts(objectOf("message run", o["run"]));
    const { control } = o;
    return {
      type,
      run,
      ...(control === undefined ? {} : { control: decodeControlFacts(control) }),
    };
  }
  if (type === "status") return { type, status: oneOf("message", o, "status", runStatuses) };
  const next = count("message", o, "next");
  if (o["page"] === undefined) return { type, next };
  const page = objectOf("message page", o["page"]);
  if (type === "metrics") return { type, next, page: whole(metricsPageOf(page), "rows") };
  if (type === "episodes") return { type, next, page: whole(episodesPageOf(page), "episodes") };
  return { type, next };
}

/** A page that has every item of its range, so that a part of it can be taken. */
function whole<K extends string, P extends Range & Record<K, readonly unknown[]>>(
  page: P,
  items: K,
): P {
  const { from, next } = page;
  if (page[items].length !== next - from) {
    throw new FormatError(`message page: expected ${next - from} ${items}`);
  }
  return page;
}

/** The page of a text of GET /api/metrics. */
export function decodeMetricsPage(text: string): MetricsPage {
  return metricsPageOf(objectOf("metrics page", decodeJson(text)));
}

function metricsPageOf(o: JsonObject): MetricsPage {
  return { ...range("metrics page", o), rows: list("metrics page", o["rows"]).map(metricsRowOf) };
}

/** The page of a text of GET /api/episodes. */
export function decodeEpisodesPage(text: string): EpisodesPage {
  return episodesPageOf(objectOf("episodes page", decodeJson(text)));
}

function episodesPageOf(o: JsonObject): EpisodesPage {
  return {
    ...range("episodes page", o),
    episodes: list("episodes page", o["episodes"]).map(decodeEpisodeEntry),
  };
}

/** The page of a text of GET /api/events. */
export function decodeEventsPage(text: string): EventsPage {
  const o = objectOf("events page", decodeJson(text));
  return { ...range("events page", o), events: list("events page", o["events"]).map(runEventOf) };
}

/** The env steps of a text of GET /api/checkpoints. */
export function decodeCheckpointSteps(text: string): readonly number[] {
  const o = objectOf("checkpoints", decodeJson(text));
  return list("checkpoints", o["checkpoints"]).map((one) =>
    count("checkpoint", objectOf("checkpoint", one), "step"),
  );
}

/** The runs of a text of GET /api/runs. */
export function decodeRunList(text: string): readonly RunFacts[] {
  const o = objectOf("runs", decodeJson(text));
  return list("runs", o["runs"]).map(decodeRunFacts);
}

/** The page of a text of GET /api/policies. */
export function decodePoliciesPage(text: string): PoliciesPage {
  const o = objectOf("policies page", decodeJson(text));
  return {
    ...range("policies page", o),
    policies: list("policies page", o["policies"]).map(decodePolicyEntry),
  };
}

interface Range {
  readonly from: number;
  readonly next: number;
}

function range(what: string, o: JsonObject): Range {
  const from = count(what, o, "from");
  const next = count(what, o, "next");
  if (!isCount(next - from)) throw new FormatError(`${what}: from is after next`);
  return { from, next };
}

function list(what: string, value: JsonValue | undefined): readonly JsonValue[] {
  if (!Array.isArray(value)) throw new FormatError(`${what}: not a list`);
  return value;
}
