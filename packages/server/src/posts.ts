/**
 * What a viewer may ask to be done: POST /api/control, and /api/demonstrations (demonstrations.ts). A request that changes something must pass
 * more than one that reads: it states its Origin (browsers always do), carries the token in the
 * header, which no form and no link can set, and is JSON of a few hundred bytes. Not here: who may
 * ask at all (guard.ts), what is done (the caller's `control`).
 */
import type { IncomingMessage } from "node:http";
import {
  type ControlFacts,
  decodeControlRequest,
  encodeControlAnswer,
  FormatError,
} from "@carom/runs/formats";
import { type Answer, problem } from "./answers.js";
import type { RunControl } from "./api.js";
import { readBody } from "./body.js";
import {
  answerDemonstration,
  type DemonstrationDesk,
  demonstrationsPath,
} from "./demonstrations.js";
import { createFloodGate, type FloodGate } from "./flood.js";

/** Longest body of a request, in bytes. */
const maxBody = 1024;
/** Requests in a second; what a person asks is far fewer, and each leaves a line in the run. */
const maxPerSecond = 10;
/** Demonstrations in a minute; a person keeps far fewer, and each is checked by playing it. */
const maxPerMinute = 20;

/** What posts are answered with. */
export interface PostContext extends DemonstrationDesk {
  readonly control: RunControl | undefined;
  /** Why there is no control, a sentence. */
  readonly whyNoControl: string;
}

/** Answers a POST; `undefined` for a path that takes none. */
export type PostAnswerer = (request: IncomingMessage, path: string) => Promise<Answer> | undefined;

/** What "hello" says of control. */
export function controlFacts({ control, whyNoControl }: PostContext): ControlFacts {
  return control === undefined
    ? { available: false, reason: whyNoControl }
    : { available: true, reason: "" };
}

/** The POST side of one server. */
export function createPosts(context: PostContext): PostAnswerer {
  const controls = createFloodGate(maxPerSecond, 1000);
  const demonstrations = createFloodGate(maxPerMinute, 60_000);
  return (request, path) => {
    if (path === "/api/control") return answerControl(context, request, controls);
    if (path === demonstrationsPath) return answerDemonstration(context, request, demonstrations);
    return undefined;
  };
}

async function answerControl(
  { guard, control, whyNoControl }: PostContext,
  request: IncomingMessage,
  gate: FloodGate,
): Promise<Answer> {
  const refusal = guard.refusePost(request.headers);
  if (refusal !== undefined) return problem(403, "FORBIDDEN", refusal);
  if (control === undefined) return problem(403, "CONTROL_OFF", whyNoControl);
  if (!isJson(request))
    return problem(415, "UNSUPPORTED_TYPE", "the body must be application/json");
  if (gate.isShut()) return problem(429, "TOO_MANY", `more than ${gate.most} requests a second`);
  const body = await readBody(request, maxBody);
  if (body === undefined) return problem(413, "TOO_LONG", `a request has at most ${maxBody} bytes`);
  try {
    const answer = control.request(decodeControlRequest(new TextDecoder().decode(body)).verb);
    const bytes = new TextEncoder().encode(encodeControlAnswer(answer));
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    };
    return { status: 200, headers, body: bytes };
  } catch (error) {
    if (error instanceof FormatError) return problem(400, "BAD_REQUEST", error.message);
    throw error;
  }
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/json(?:;|$)/i.test(headers["content-type"] ?? "");
}
