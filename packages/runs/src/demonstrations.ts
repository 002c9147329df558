/**
 * Keeping what a person played: a replay that comes from outside becomes one of the run's episodes,
 * if it is one of the run's game and plays as it says. Not here: who may hand one in (@carom/server).
 */
import {
  decodeReplay,
  type GameDefinition,
  type Json,
  type Replay,
  ReplayPlayer,
} from "@carom/envs";
import type { Run } from "./api.js";
import { RunError } from "./errors.js";
import type { EpisodeEntry } from "./formats/episodes.js";

/** Longest demonstration, in decisions: checking it takes a fraction of a second. */
const maxDecisions = 200_000;

/**
 * Keeps a demonstration with the reason "chosen" and gives its entry. Throws RunError
 * INVALID_ARGUMENT for bytes that are no replay, one of another game or version, one that plays
 * differently, and one that is too long; DISK_ERROR if it could not be written.
 *
 * @param game the game of the run
 * @param replay the file, as `encodeReplay` of @carom/envs writes it
 */
export function keepDemonstration(
  run: Run,
  game: GameDefinition,
  replay: Uint8Array,
): EpisodeEntry {
  const { facts, bytes } = checked(run, game, replay);
  const { steps } = run.facts();
  const entry = run.addEpisode(bytes, { ...facts, steps }, "chosen");
  if (entry) return entry;
  throw new RunError("DISK_ERROR", "demonstration: it could not be written to the run folder");
}

function checked(run: Run, game: GameDefinition, bytes: Uint8Array) {
  const { variant } = run.facts();
  const replay = read(bytes);
  if (replay.variant !== variant)
    throw refused(`its variant is ${variant} (got ${replay.variant})`);
  if (replay.length > maxDecisions) {
    throw refused(`it has at most ${maxDecisions} decisions (got ${replay.length})`);
  }
  const player = start(replay, game);
  const { ok, firstMismatch } = player.verify();
  if (!ok) throw refused(`the run's game plays it differently from decision ${firstMismatch} on`);
  player.seek(replay.length);
  const { seed, length } = replay;
  const { env, episode } = placeOf(replay.meta);
  const { terminated } = player.game;
  return { bytes, facts: { env, episode, seed, length, terminated, return: player.total } };
}

function read(bytes: Uint8Array): Replay {
  try {
    return decodeReplay(bytes);
  } catch (error) {
    throw refused(textOf(error));
  }
}

function start(replay: Replay, game: GameDefinition): ReplayPlayer {
  try {
    return new ReplayPlayer(replay, game);
  } catch (error) {
    throw refused(textOf(error));
  }
}

/** The environment and the episode that were left, where the file says so. */
function placeOf(meta: Json): { readonly env: number; readonly episode: number } {
  const facts = typeof meta === "object" && meta !== null && !Array.isArray(meta) ? meta : {};
  const { env, episode } = facts as { readonly [name: string]: Json };
  return { env: countOf(env), episode: countOf(episode) };
}

function countOf(value: Json | undefined): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

function refused(why: string): RunError {
  return new RunError("INVALID_ARGUMENT", `demonstration: ${why}`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
