/**
 * What run.json says of game.mjs, the run's own copy of a game that is no part of Carom. Not here:
 * the file itself (game-file.ts of the package).
 */
import { count, objectOf, text } from "./check.js";
import { FormatError } from "./errors.js";
import type { JsonValue } from "./json.js";

/** A file that a game was made from, as it was when the run began. */
export type GameSourceFile = {
  /** Where it lay, as an absolute path on the machine of the run. */
  readonly path: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
};

/** The run's own copy of its game. */
export type GameFileFacts = {
  /** Length of game.mjs. */
  readonly bytes: number;
  /** SHA-256 of game.mjs, 64 hexadecimal digits. */
  readonly sha256: string;
  /** What it was made from; the first is the file that was named. */
  readonly sources: readonly GameSourceFile[];
};

/** Most bytes of game.mjs. */
export const maxGameBytes: number = 16 << 20;
/** Most files that a game is made from. */
const maxGameSources = 1000;

/** Checks the field `gameFile` of a run.json; unknown fields are dropped. */
export function decodeGameFile(value: JsonValue): GameFileFacts {
  const what = "run.json gameFile";
  const o = objectOf(what, value);
  const bytes = count(what, o, "bytes");
  if (bytes > maxGameBytes) {
    throw new FormatError(`${what}: too long (got ${bytes} bytes, expected up to ${maxGameBytes})`);
  }
  const { sources } = o;
  if (!Array.isArray(sources) || sources.length > maxGameSources) {
    throw new FormatError(`${what}: field "sources" is missing or wrong (expected a list)`);
  }
  return { bytes, sha256: hash(what, o["sha256"]), sources: sources.map(sourceOf) };
}

function sourceOf(value: JsonValue): GameSourceFile {
  const what = "run.json gameFile source";
  const o = objectOf(what, value);
  return { path: text(what, o, "path"), sha256: hash(what, o["sha256"]) };
}

function hash(what: string, value: JsonValue | undefined): string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return value;
  throw new FormatError(`${what}: field "sha256" is missing or wrong (expected 64 hex digits)`);
}
