/**
 * The HTTP side: the viewer's files without a token, everything under /api with it. GET and HEAD;
 * the two POSTs are in posts.ts and demonstrations.ts. Not here: who may ask (guard.ts), the live link (live-hub.ts).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { RunError, type RunErrorCode, type RunShelf, type RunSource } from "@carom/runs";
import { encodeEpisodeColumns } from "@carom/runs/formats";
import { type Answer, bytes, json, problem, script } from "./answers.js";
import { demonstrationsPath } from "./demonstrations.js";
import { type Guard, isForeignSite } from "./guard.js";
import type { PostAnswerer } from "./posts.js";
import { staticFile } from "./static-files.js";

/** Rows or index lines in one answer. */
const pageLimit = 5000;
/** Episodes in one answer of columns. */
const columnsLimit = 25_000;

/** What requests are answered from. */
export interface HttpContext {
  readonly source: RunSource;
  readonly guard: Guard;
  readonly posts: PostAnswerer;
  /** The run's neighbours; undefined where none are shown. */
  readonly shelf: RunShelf | undefined;
  readonly staticDir: string | undefined;
  /** Value of the Content-Security-Policy header. */
  readonly policy: string;
  /** Whether demonstrations are kept at all. */
  readonly takesDemonstrations: boolean;
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
  const { method } = request;
  if (method === "POST" && target !== undefined) {
    const answer = context.posts(request, target.path);
    if (answer !== undefined) return answer;
  }
  if (method !== "GET" && method !== "HEAD") {
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

function answerApi(context: HttpContext, request: IncomingMessage, target: Target): Answer {
  const { source, guard, shelf } = context;
  if (isForeignSite(request.headers)) return problem(403, "FORBIDDEN", "asked by another site");
  if (!guard.hasToken(request.headers, target.query)) {
    return problem(403, "FORBIDDEN", "missing or wrong token");
  }
  const { path } = target;
  if (path === demonstrationsPath) return json({ available: context.takesDemonstrations });
  if (path === "/api/runs") return json({ runs: shelf?.list() ?? [] });
  const other = /^\/api\/runs\/([^/]{1,100})\/(.*)$/.exec(path);
  return other === null ? answerOwn(source, target) : answerOther(shelf, other, target.query);
}

/** What is asked of a run beside it: what is needed to compare the two. */
function answerOther(
  shelf: RunShelf | undefined,
  [, id = "", what = ""]: readonly string[],
  query: URLSearchParams,
): Answer {
  const neighbour = shelf?.find(id);
  if (neighbour === undefined) return problem(404, "NOT_FOUND", "no such run");
  if (what === "run") return json(neighbour.facts());
  if (what === "metrics" || what === "policies") return page(neighbour, what, query);
  const policy = /^policies\/([0-9]{1,9})$/.exec(what)?.[1];
  if (policy !== undefined) return bytes(neighbour.policy(policy));
  return problem(404, "NOT_FOUND", "no such resource");
}

/** What is asked of the run that is served. */
function answerOwn(source: RunSource, { path, query }: Target): Answer {
  if (path === "/api/run") return json(source.facts());
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
  if (path === "/api/checkpoints") {
    const checkpoints = source.checkpoints().map(({ step, score }) => ({ step, score }));
    return json({ checkpoints });
  }
  const episode = /^\/api\/episodes\/([0-9]{1,15})$/.exec(path)?.[1];
  if (episode !== undefined) return bytes(source.replay(episode));
  const policy = /^\/api\/policies\/([0-9]{1,9})$/.exec(path)?.[1];
  if (policy !== undefined) return bytes(source.policy(policy));
  const list = /^\/api\/(metrics|episodes|policies|events)$/.exec(path)?.[1];
  if (list === undefined) return problem(404, "NOT_FOUND", "no such resource");
  return page(source, list as ListName, query);
}

type ListName = "metrics" | "episodes" | "policies" | "events";

/** A part of a list, from `since` on. */
function page(source: RunSource, list: ListName, query: URLSearchParams): Answer {
  const since = sinceOf(query);
  if (since === undefined) return problem(400, "BAD_REQUEST", "since is not a whole number");
  if (list === "episodes" && query.get("as") === "columns") {
    return bytes(encodeEpisodeColumns(source.episodes(since, columnsLimit)));
  }
  return json(source[list](since, pageLimit));
}

function sinceOf(query: URLSearchParams): number | undefined {
  const text = query.get("since") ?? "0";
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
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
