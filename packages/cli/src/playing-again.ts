/** Whether the game at hand plays an old episode as it was played. */
import { EnvError, type Replay, ReplayPlayer } from "@carom/envs";
import type { RunReader } from "@carom/runs";
import { gameOfRun } from "./game/source.js";

/** Why a game cannot play an episode that its pictures can show. */
const replacedByPictures: readonly string[] = ["REPLAY_FOREIGN", "UNKNOWN_GAME"];

/**
 * Plays the episode; undefined where its pictures have to do instead: the game's rules have changed since, or
 * it is gone. @throws EnvError where there are no pictures either
 */
export async function playingAgain(
  run: RunReader,
  replay: Replay,
): Promise<ReplayPlayer | undefined> {
  try {
    const player = new ReplayPlayer(replay, (await gameOfRun(run)).game);
    return player.verify().ok || !replay.pictures ? player : undefined;
  } catch (error) {
    const isOther = error instanceof EnvError && replacedByPictures.includes(error.code);
    if (!isOther || !replay.pictures) throw error;
    return undefined;
  }
}
