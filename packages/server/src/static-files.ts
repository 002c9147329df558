/**
 * Files of the built viewer. A path is decoded once and must then be plain names below the folder;
 * the file's real path must lie in the folder too, so that no link leads out.
 */
import { createHash } from "node:crypto";
import { constants, open, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";

const types: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".mjs", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".json", "application/json; charset=utf-8"],
  [".map", "application/json; charset=utf-8"],
  [".webmanifest", "application/manifest+json; charset=utf-8"],
  [".txt", "text/plain; charset=utf-8"],
  [".md", "text/plain; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".jpg", "image/jpeg"],
  [".gif", "image/gif"],
  [".webp", "image/webp"],
  [".ico", "image/x-icon"],
  [".woff2", "font/woff2"],
  [".woff", "font/woff"],
  [".ttf", "font/ttf"],
  [".wasm", "application/wasm"],
]);

/** Longest path of a request, in characters. */
const maxPath = 1024;
const maxFileBytes = 64 << 20;
/** What the bundler names after the content: never changes under its name. */
const hashedName = /^assets\/.*-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;

/** A file to be served. */
export interface StaticFile {
  readonly body: Uint8Array;
  readonly type: string;
  /** Of the content, quoted. */
  readonly etag: string;
  readonly cacheControl: string;
}

/** What is served where no viewer was built. */
const placeholder = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Carom</title>
<h1>Carom</h1><p>The viewer is not built here. Build it with <code>pnpm build</code>.</p></html>
`;

/** The file of a request's path (still encoded, without query), undefined if there is none. */
export async function staticFile(
  folder: string | undefined,
  path: string,
): Promise<StaticFile | undefined> {
  const name = path === "/" ? "index.html" : fileName(path);
  if (name === undefined) return undefined;
  const body = folder === undefined ? undefined : await readInside(folder, name);
  if (body !== undefined) return served(name, body);
  return name === "index.html" ? served(name, new TextEncoder().encode(placeholder)) : undefined;
}

/** Names joined by "/", undefined for a path that is not made of plain names. */
export function fileName(path: string): string | undefined {
  if (!path.startsWith("/") || path.length > maxPath) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(path.slice(1));
  } catch {
    return undefined;
  }
  return decoded.split("/").every(isPlainName) ? decoded : undefined;
}

/** No dot first (hidden files, `.`, `..`), no backslash, colon, percent sign, control character. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_@-][A-Za-z0-9_@.+ ()-]*$/.test(name);
}

function served(name: string, body: Uint8Array): StaticFile {
  const isHashed = hashedName.test(name);
  return {
    body,
    type: types.get(extname(name).toLowerCase()) ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`,
    cacheControl: isHashed ? "public, max-age=31536000, immutable" : "no-cache",
  };
}

async function readInside(folder: string, name: string): Promise<Uint8Array | undefined> {
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, name));
    if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const file = await open(path, flags);
    try {
      const stat = await file.stat();
      return stat.isFile() && stat.size <= maxFileBytes ? await file.readFile() : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
