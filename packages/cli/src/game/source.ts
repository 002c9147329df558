/**
 * Where a game comes from: the one place that turns what a user names, or what a run folder holds,
 * into a definition. A name is looked up in a table; a path is a module of the user's, which becomes
 * one file (bundle.ts) that the run keeps.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findGame, type GameDefinition } from "@carom/envs";
import { findGymGame, isGymId } from "@carom/gym";
import type { RunReader } from "@carom/runs";
import type { GameSourceFile } from "@carom/runs/formats";
import { CliError } from "../errors.js";
import { bundleGame, shortPath } from "./bundle.js";
import { importGame, placeModule } from "./module.js";

/** A game that is no part of Carom, as one file. */
export interface GameModule {
  /** The file, as a short path for people. */
  readonly path: string;
  /** One ES module without imports whose default export is the game. */
  readonly code: Uint8Array;
  /** Where this process and its threads import it from: a temporary file. */
  readonly url: string;
  /** What it was made from, the file that was named first. */
  readonly sources: readonly GameSourceFile[];
}

/** A game and what it came from. */
export interface FoundGame {
  readonly game: GameDefinition;
  /** null where the game is known by its name. */
  readonly module: GameModule | null;
}

/** One kind of name; the first that takes a name finds its game. */
interface Names {
  takes(name: string): boolean;
  find(name: string): GameDefinition | Promise<GameDefinition>;
}

/** Special names come before this last one, which takes all that are left: the games of Carom. */
const kindsOfNames: readonly Names[] = [
  { takes: isGymId, find: (name) => findGymGame(name) },
  { takes: () => true, find: findGame },
];

/** The game of a name. @throws EnvError UNKNOWN_GAME */
export async function findNamedGame(name: string): Promise<GameDefinition> {
  const kind = kindsOfNames.find(({ takes }) => takes(name));
  return (kind ?? { find: findGame }).find(name);
}

/**
 * The game that a user means: a name, or the path of a module or of the folder that has one of its
 * own name. @throws EnvError UNKNOWN_GAME · CliError GAME_NOT_FOUND, BAD_GAME
 */
export async function resolveGame(text: string): Promise<FoundGame> {
  if (!isPath(text)) return { game: await findNamedGame(text), module: null };
  const { path, code, sources } = await bundleGame(text);
  const url = placeModule(code);
  const game = await importGame(url, path);
  refuseTaken(game, path);
  return { game, module: { path, code, url, sources } };
}

/** The game of a run, from the run's own copy where it has one. @throws RunError GAME_CORRUPT, ... */
export async function gameOfRun(run: RunReader): Promise<FoundGame> {
  const { game: id, gameFile } = run.facts();
  const code = run.gameFile();
  if (gameFile === undefined || code === undefined) {
    return { game: await findNamedGame(id), module: null };
  }
  const url = placeModule(code);
  const path = shortPath(join(run.dir, "game.mjs"));
  const game = await importGame(url, path);
  return { game, module: { path, code, url, sources: gameFile.sources } };
}

/** The same game in another thread. */
export async function openGame(id: string, url: string | null): Promise<GameDefinition> {
  return url === null ? findNamedGame(id) : importGame(url, id);
}

/** A path has a slash or a module's ending; a bare word is one if no game has that name. */
function isPath(text: string): boolean {
  if (kindsOfNames.slice(0, -1).some(({ takes }) => takes(text))) return false;
  return /[\\/]|\.[cm]?[jt]s$/.test(text) || (!isTaken(text) && existsSync(text));
}

/** Whether an id is that of a game of Carom. */
export function isTaken(id: string): boolean {
  try {
    findGame(id);
    return true;
  } catch {
    return false;
  }
}

/** A run names its game by id, so nobody may take a name that means another game. */
function refuseTaken({ id }: GameDefinition, path: string): void {
  const problem = !/^[A-Za-z0-9][\w.-]{0,63}$/.test(id)
    ? "has to be 1 to 64 letters, digits, dots, dashes or underscores"
    : isTaken(id)
      ? "is that of a game of Carom; give yours another"
      : "";
  if (problem !== "") throw new CliError("BAD_GAME", `${path}: its id "${id}" ${problem}`);
}
