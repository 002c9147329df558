/**
 * game.mjs: the run's own copy of a game that is no part of Carom, as one ES module without imports
 * whose default export is the game. Written once, before run.json, so that a run that names it has
 * it; verified whenever it is read. It is the only code in a run folder, and this package never
 * runs it.
 */
import type { NewGameFile } from "./api.js";
import type { Disk } from "./disk.js";
import { asRunError, RunError } from "./errors.js";
import { type GameFileFacts, maxGameBytes } from "./formats/game-file.js";
import { replaceFile } from "./line-log.js";
import { sha256 } from "./manifest.js";

/** What run.json says of a game. Throws INVALID_ARGUMENT for one that is too long. */
export function gameFileFacts({ code, sources }: NewGameFile): GameFileFacts {
  if (code.length <= maxGameBytes) {
    return { bytes: code.length, sha256: sha256(code), sources: [...sources] };
  }
  throw new RunError(
    "INVALID_ARGUMENT",
    `run: the game's module is too long (got ${code.length} bytes, expected up to ${maxGameBytes})`,
  );
}

/** Writes the file in one step. */
export function writeGameFile(disk: Disk, path: string, { code }: NewGameFile): void {
  try {
    replaceFile(disk, path, code);
  } catch (error) {
    throw asRunError("run: cannot write the game", path, error);
  }
}

/** The bytes that run.json promises. Throws RunError GAME_CORRUPT for any others. */
export function readGameFile(disk: Disk, path: string, facts: GameFileFacts): Uint8Array {
  const found = disk.look(path);
  if (found?.kind !== "file") throw corrupt(path, "it is missing");
  if (found.bytes !== facts.bytes) {
    throw corrupt(path, `it has ${found.bytes} bytes, expected ${facts.bytes}`);
  }
  let code: Uint8Array;
  try {
    code = disk.read(path, facts.bytes);
  } catch (error) {
    throw asRunError("run: cannot read the game", path, error);
  }
  if (sha256(code) === facts.sha256) return code;
  throw corrupt(path, "it was changed since it was written");
}

function corrupt(path: string, reason: string): RunError {
  const message = `run: the run's copy of its game, game.mjs, is damaged (${reason})`;
  return new RunError("GAME_CORRUPT", message, { path });
}
