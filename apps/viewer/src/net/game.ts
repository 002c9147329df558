/**
 * The game of a run, for this page to play: one that the page knows by its name, or the run's own
 * copy, which the server hands out as a module.
 */
import { findGame, type GameDefinition } from "@carom/envs";
import type { RunFacts } from "@carom/runs/formats";
import { type Api, ApiError } from "./api.js";

/** How names of games begin that run in a Python process. */
const elsewhere = "gym:";

/** Where a run's game comes from: its server, or what came with an episode. */
export type GameSource = Pick<Api, "definition" | "gameAddress" | "game">;

/** Throws an Error whose message is a sentence for the reader. */
export async function gameOfRun(run: RunFacts, api: GameSource): Promise<GameDefinition> {
  if (run.game.startsWith(elsewhere) && !api.definition) throw new Error(inPython);
  const definition = await find(run, api);
  if (definition.remote) throw new Error(inPython);
  const { version, title } = definition.create(run.variant).spec;
  if (version === run.gameVersion) return definition;
  throw new Error(
    `The rules of ${title} have changed since: this page plays version ${version}, the run version ${run.gameVersion}.`,
  );
}

const inPython =
  "This game runs in Python and cannot be shown here. The curves show how it is learned.";

async function find(run: RunFacts, api: GameSource): Promise<GameDefinition> {
  if (api.definition) return api.definition;
  try {
    return run.gameFile ? await importGame(api, run.gameFile.sha256) : findGame(run.game);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`This page cannot play the game: ${reason}${/[.!?]$/.test(reason) ? "" : "."}`);
  }
}

/** A failed import does not say why; a request for the same file does, unless the file is to blame. */
async function importGame(api: GameSource, sha256: string): Promise<GameDefinition> {
  try {
    const module: { readonly default: GameDefinition } = await import(
      /* @vite-ignore */ api.gameAddress(sha256)
    );
    return module.default;
  } catch (error) {
    await api.game().catch((reason) => {
      if (reason instanceof ApiError && reason.status !== 0) throw reason;
    });
    throw error;
  }
}
