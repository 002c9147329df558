/**
 * POST /api/demonstrations: a viewer hands in an episode that a person played. What changes a run
 * must pass more than what reads it: the Origin must be stated, the token must come in the header,
 * which no form and no link can set, and the body is bytes of a limited length. Not here: whether
 * the episode is one (the caller's `onDemonstration`).
 */
import type { IncomingMessage } from "node:http";
import { RunError } from "@carom/runs";
import type { EpisodeEntry } from "@carom/runs/formats";
import type { Guard } from "./guard.js";

/** Longest replay, in bytes. */
const maxBody = 1 << 20;
/** Requests in a minute; a person keeps far fewer, and each is checked by playing it. */
const maxPerMinute = 20;
const minute = 60_000;

/** Keeps an episode and gives its entry; throws a RunError that says why not. */
export type DemonstrationKeeper = (replay: Uint8Array) => EpisodeEntry;

/** What an answer says. */
export interface DemonstrationAnswer {
  readonly status: number;
  readonly body: object;
}

/** Answers requests for the path; one per server. */
export type DemonstrationDesk = (request: IncomingMessage) => Promise<DemonstrationAnswer>;

/** @param keep undefined where viewers can only watch */
export function createDemonstrationDesk(
  guard: Guard,
  keep: DemonstrationKeeper | undefined,
): DemonstrationDesk {
  let since = 0;
  let count = 0;
  const isFlood = (): boolean => {
    const now = performance.now();
    if (now - since > minute) {
      since = now;
      count = 0;
    }
    return ++count > maxPerMinute;
  };
  return async (request) => {
    const refusal = refusalOf(guard, request);
    if (refusal !== undefined) return problem(403, "FORBIDDEN", refusal);
    if (keep === undefined) return problem(403, "CONTROL_OFF", "this server only shows the run");
    if (request.headers["content-type"] !== "application/octet-stream") {
      return problem(415, "UNSUPPORTED_TYPE", "the body must be application/octet-stream");
    }
    if (isFlood()) return problem(429, "TOO_MANY", `more than ${maxPerMinute} in a minute`);
    const bytes = await readBody(request);
    if (bytes === undefined) return problem(413, "TOO_LONG", `at most ${maxBody} bytes`);
    try {
      return { status: 200, body: { id: keep(bytes).id } };
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      const status = error.code === "INVALID_ARGUMENT" ? 422 : 500;
      return problem(status, error.code, error.message);
    }
  };
}

function refusalOf(guard: Guard, { headers }: IncomingMessage): string | undefined {
  const refusal = guard.refuseUpgrade(headers);
  if (refusal !== undefined) return refusal;
  const site = headers["sec-fetch-site"];
  if (site === "cross-site" || site === "same-site") return "asked by another site";
  const isTold = headers["x-carom-token"] !== undefined;
  return isTold && guard.hasToken(headers, new URLSearchParams())
    ? undefined
    : "missing or wrong token";
}

/** The body; undefined if it is longer than allowed. Its time is limited by the server's. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > maxBody) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes: Uint8Array = chunk;
    length += bytes.length;
    if (length > maxBody) return undefined;
    chunks.push(bytes);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function problem(status: number, code: string, message: string): DemonstrationAnswer {
  return { status, body: { error: { code, message } } };
}
