/**
 * POST /api/demonstrations: a viewer hands in an episode that a person played, as bytes of a limited length. Not here: who may
 * ask (guard.ts), whether the episode is one (the caller's `onDemonstration`).
 */
import type { IncomingMessage } from "node:http";
import { RunError } from "@carom/runs";
import type { EpisodeEntry } from "@carom/runs/formats";
import { type Answer, json, problem } from "./answers.js";
import { readBody } from "./body.js";
import type { FloodGate } from "./flood.js";
import type { Guard } from "./guard.js";

/** Where a viewer asks whether demonstrations are kept (GET), and hands one in (POST). */
export const demonstrationsPath = "/api/demonstrations";

/** Longest replay, in bytes. */
const maxBody = 1 << 20;

/** Keeps an episode and gives its entry; throws a RunError that says why not. */
export type DemonstrationKeeper = (replay: Uint8Array) => EpisodeEntry;

/** What requests are answered with. */
export interface DemonstrationDesk {
  readonly guard: Guard;
  /** undefined where viewers can only watch */
  readonly onDemonstration: DemonstrationKeeper | undefined;
}

/** Answers one request. */
export async function answerDemonstration(
  { guard, onDemonstration }: DemonstrationDesk,
  request: IncomingMessage,
  gate: FloodGate,
): Promise<Answer> {
  const refusal = guard.refusePost(request.headers);
  if (refusal !== undefined) return problem(403, "FORBIDDEN", refusal);
  if (onDemonstration === undefined) {
    return problem(403, "CONTROL_OFF", "this server only shows the run");
  }
  if (request.headers["content-type"] !== "application/octet-stream") {
    return problem(415, "UNSUPPORTED_TYPE", "the body must be application/octet-stream");
  }
  if (gate.isShut()) return problem(429, "TOO_MANY", `more than ${gate.most} in a minute`);
  const bytes = await readBody(request, maxBody);
  if (bytes === undefined) return problem(413, "TOO_LONG", `at most ${maxBody} bytes`);
  try {
    return json({ id: onDemonstration(bytes).id });
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const status = error.code === "INVALID_ARGUMENT" ? 422 : 500;
    return problem(status, error.code, error.message);
  }
}
