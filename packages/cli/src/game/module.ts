/** A game's code as a module of this process: put where it can be imported from, and imported. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { GameDefinition } from "@carom/envs";
import { CliError, placeOf, reportError } from "../errors.js";

/** Folders of temporary files; all go when the process ends. */
const folders: string[] = [];

/**
 * Writes the code to a temporary file for this process and its threads, gone when it ends. What was
 * checked is what is run, whatever becomes of the place that it was read from.
 *
 * @returns the file's address
 */
export function placeModule(code: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "carom-game-"));
  if (folders.push(folder) === 1) process.on("exit", removeFolders);
  const file = join(folder, "game.mjs");
  writeFileSync(file, code);
  return pathToFileURL(file).href;
}

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/**
 * The game of a module that `bundleGame` made.
 *
 * @param name of the game's file, for messages
 * @throws CliError BAD_GAME when loading it fails or it holds no game
 */
export async function importGame(url: string, name: string): Promise<GameDefinition> {
  process.setSourceMapsEnabled(true); // errors then name lines of the user's own files
  try {
    const { default: game }: { default: GameDefinition } = await import(url);
    return game;
  } catch (error) {
    throw new CliError("BAD_GAME", `${name}: ${problemOf(error)}`);
  }
}

/** What `gameOf` says of the exports, or what the user's code threw and where. */
function problemOf(error: unknown): string {
  const { message } = reportError(error);
  if (error instanceof Error && error.name === "EnvError" && message.startsWith("module: ")) {
    return message.slice("module: ".length);
  }
  return `it failed while it was loaded: ${message}${placeOf(error)}`;
}
