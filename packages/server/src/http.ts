/**
 * The HTTP side: the viewer's files without a token, everything under /api with it. Only GET and
 * HEAD, but for demonstrations (demonstrations.ts). Not here: who may ask (guard.ts), the live link (live-hub.ts).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { RunError, type RunErrorCode, type RunSource } from "@carom/runs";
import { encodeJson } from "@carom/runs/formats";
import type { DemonstrationDesk } from "./demonstrations.js";
import type { Guard } from "./guard.js";
import { staticFile } from "./static-files.js";

/** Where a viewer asks whether demonstrations are kept (GET), and hands one in (POST). */
const demonstrationsPath = "/api/demonstrations";

/** Rows or index lines in one answer. */
const pageLimit = 5000;

/** What requests are answered from. */
export interface HttpContext {
  readonly source: RunSource;
  readonly guard: Guard;
  readonly staticDir: string | undefined;
  /** Value of the Content-Security-Policy header. */
  readonly policy: string;
  readonly demonstrations: DemonstrationDesk;
  /** Whether demonstrations are kept at all. */
  readonly takesDemonstrations: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Path (still encoded) and query of a request's target. */
export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What a page may load and do: only what comes from here. Pixi makes its workers from blobs. */
export function contentSecurityPolicy(port: number): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    `connect-src 'self' ws://127.0.0.1:${port} ws://localhost:${port}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Splits a request's target; undefined if it is not a path. */
export function parseTarget(url: string | undefined): Target | undefined {
  if (url === undefined || !url.startsWith("/")) return undefined;
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)) };
}

/** Answers one request; never throws. */
export async function answerHttp(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await answerFor(context, request);
  } catch (error) {
    answer = failure(error);
  }
  const { etag } = answer.headers;
  const isKnown = etag !== undefined && request.headers["if-none-match"] === etag;
  const status = isKnown ? 304 : answer.status;
  const headers: Record<string, string | number> = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": context.policy,
    ...answer.headers,
  };
  if (!isKnown) headers["content-length"] = answer.body.length;
  if (status >= 400) headers["connection"] = "close";
  response.writeHead(status, headers);
  response.end(isKnown || request.method === "HEAD" ? undefined : answer.body);
}

async function answerFor(context: HttpContext, request: IncomingMessage): Promise<Answer> {
  const { guard, staticDir } = context;
  const refusal = guard.refuse(request.headers);
  if (refusal !== undefined) return problem(403, "FORBIDDEN", refusal);
  const target = parseTarget(request.url);
  if (request.method === "POST" && target?.path === demonstrationsPath) {
    const { status, body } = await context.demonstrations(request);
    return json(body, status);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    const answer = problem(405, "METHOD_NOT_ALLOWED", "only GET and HEAD");
    return { ...answer, headers: { ...answer.headers, allow: "GET, HEAD" } };
  }
  if (target === undefined) return problem(400, "BAD_REQUEST", "the target is not a path");
  if (target.path === "/api" || target.path.startsWith("/api/")) {
    return answerApi(context, request, target);
  }
  const file = await staticFile(staticDir, target.path);
  if (file === undefined) return problem(404, "NOT_FOUND", "no such file");
  const headers = {
    "content-type": file.type,
    etag: file.etag,
    "cache-control": file.cacheControl,
  };
  return { status: 200, headers, body: file.body };
}

function answerApi(
  { source, guard, takesDemonstrations }: HttpContext,
  request: IncomingMessage,
  { path, query }: Target,
): Answer {
  const site = request.headers["sec-fetch-site"];
  if (site === "cross-site" || site === "same-site") {
    return problem(403, "FORBIDDEN", "asked by another site");
  }
  if (!guard.hasToken(request.headers, query)) {
    return problem(403, "FORBIDDEN", "missing or wrong token");
  }
  if (path === "/api/run") return json(source.facts());
  if (path === demonstrationsPath) return json({ available: takesDemonstrations });
  if (path === "/api/result") {
    const result = source.result();
    return result === undefined ? problem(404, "NOT_FOUND", "no result yet") : json(result);
  }
  if (path === "/api/game") {
    const code = source.gameFile();
    return code === undefined
      ? problem(404, "NOT_FOUND", "the game is a part of Carom")
      : script(code);
  }
  const episode = /^\/api\/episodes\/([0-9]{1,15})$/.exec(path)?.[1];
  if (episode !== undefined) return bytes(source.replay(episode));
  const policy = /^\/api\/policies\/([0-9]{1,9})$/.exec(path)?.[1];
  if (policy !== undefined) return bytes(source.policy(policy));
  return answerPage(source, path, query);
}

function answerPage(source: RunSource, path: string, query: URLSearchParams): Answer {
  const isPage = ["/api/metrics", "/api/episodes", "/api/policies"].includes(path);
  if (!isPage) return problem(404, "NOT_FOUND", "no such resource");
  const since = sinceOf(query);
  if (since === undefined) return problem(400, "BAD_REQUEST", "since is not a whole number");
  if (path === "/api/metrics") return json(source.metrics(since, pageLimit));
  if (path === "/api/episodes") return json(source.episodes(since, pageLimit));
  return json(source.policies(since, pageLimit));
}

function sinceOf(query: URLSearchParams): number | undefined {
  const text = query.get("since") ?? "0";
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

function json(value: object, status = 200): Answer {
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  };
  return { status, headers, body: new TextEncoder().encode(encodeJson(value)) };
}

function bytes(body: Uint8Array): Answer {
  const headers = { "content-type": "application/octet-stream", "cache-control": "no-store" };
  return { status: 200, headers, body };
}

/** A module for the page to import; its address has the token, as an import can send no header. */
function script(body: Uint8Array): Answer {
  const headers = { "content-type": "text/javascript; charset=utf-8", "cache-control": "no-store" };
  return { status: 200, headers, body };
}

function problem(status: number, code: string, message: string): Answer {
  return json({ error: { code, message } }, status);
}

const notFoundCodes: readonly RunErrorCode[] = [
  "EPISODE_NOT_FOUND",
  "POLICY_NOT_FOUND",
  "RUN_NOT_FOUND",
];

/** Errors of the run are told; what else went wrong stays here. */
function failure(error: unknown): Answer {
  if (!(error instanceof RunError)) return problem(500, "INTERNAL", "the request failed");
  return problem(notFoundCodes.includes(error.code) ? 404 : 500, error.code, error.message);
}
