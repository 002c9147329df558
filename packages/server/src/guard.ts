/**
 * Who may talk to the server. A page of another site can make a browser send requests to this
 * machine, even under a name that it lets point to 127.0.0.1; so the Host must be ours, an Origin
 * must be ours, and everything but the viewer's own files needs a token that only the printed
 * address holds. Not here: what is answered (http.ts).
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { ServerError } from "./errors.js";

/** Random bytes of a token: 128 bits. */
const tokenBytes = 16;
const tokenPattern = /^[A-Za-z0-9_-]{22,128}$/;
const longestToken = 128;

/** The rules of one server. */
export interface Guard {
  /** Why the request is refused whatever it asks for, or undefined. */
  refuse(headers: IncomingHttpHeaders): string | undefined;
  /** As `refuse`, for a WebSocket: browsers always state the Origin there, so it must be there. */
  refuseUpgrade(headers: IncomingHttpHeaders): string | undefined;
  /**
   * As `refuseUpgrade`, for a request that changes something: the token must come in the header
   * `x-carom-token`, and a browser must not mark the request as another site's.
   */
  refusePost(headers: IncomingHttpHeaders): string | undefined;
  /** True if the request carries the token, in the query or in the header `x-carom-token`. */
  hasToken(headers: IncomingHttpHeaders, query: URLSearchParams): boolean;
}

/** A token of 128 random bits: 22 letters, digits, `-`, `_`. */
export function newToken(): string {
  return randomBytes(tokenBytes).toString("base64url");
}

/** Throws INVALID_ARGUMENT for a token that is too short or would not survive in an address. */
export function checkToken(token: string): string {
  if (tokenPattern.test(token)) return token;
  const expected = "expected 22 to 128 letters, digits, - or _";
  throw new ServerError("INVALID_ARGUMENT", `server: the token is not acceptable (${expected})`);
}

/** The rules for a server on a port. */
export function createGuard(port: number, token: string, allowOrigins: readonly string[]): Guard {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  if (port === 80) for (const name of ["127.0.0.1", "localhost"]) hosts.add(name);
  const origins = new Set([...[...hosts].map((host) => `http://${host}`), ...allowOrigins]);
  const secret = digest(token);

  const refuse = (headers: IncomingHttpHeaders): string | undefined => {
    if (headers.host === undefined || !hosts.has(headers.host.toLowerCase())) {
      return "wrong Host";
    }
    if (headers.origin !== undefined && !origins.has(headers.origin.toLowerCase())) {
      return "foreign Origin";
    }
    return undefined;
  };
  const refuseUpgrade = (headers: IncomingHttpHeaders): string | undefined =>
    refuse(headers) ?? (headers.origin === undefined ? "missing Origin" : undefined);
  const isToken = (given: string | null): boolean => {
    if (given === null || given.length > longestToken) return false;
    // Digests have one length, so the comparison takes the same time whatever was given.
    return timingSafeEqual(digest(given), secret);
  };
  const inHeader = (headers: IncomingHttpHeaders): string | null => {
    const header = headers["x-carom-token"];
    return typeof header === "string" ? header : null;
  };
  return {
    refuse,
    refuseUpgrade,
    refusePost: (headers) =>
      refuseUpgrade(headers) ??
      (isForeignSite(headers) ? "asked by another site" : undefined) ??
      (isToken(inHeader(headers)) ? undefined : "missing or wrong token"),
    hasToken: (headers, query) => isToken(inHeader(headers) ?? query.get("token")),
  };
}

/** True for a request that a browser marks as caused by another site's page. */
export function isForeignSite(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  return site === "cross-site" || site === "same-site";
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
