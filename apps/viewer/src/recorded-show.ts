/**
 * A kept episode made ready for the stage: played again by the game, or, where this page has other
 * rules of it or no such game, shown as the pictures that were recorded with it.
 */
import {
  actionReader,
  EnvError,
  type GameDefinition,
  type Replay,
  ReplayPlayer,
  recordedGame,
} from "@carom/envs";
import { Analysis } from "./model/analysis.js";
import type { EpisodeEntry } from "./model/episodes.js";
import { Film } from "./model/film.js";
import type { RecordedShow } from "./stage.js";

/** What is known of the game that an episode is to be played with. */
export interface GameAtHand {
  readonly definition: GameDefinition | undefined;
  /** A sentence that says why there is none. */
  readonly problem: string | undefined;
}

/** Throws an Error whose message is a sentence for the reader. */
export function recordedShow(
  entry: EpisodeEntry,
  replay: Replay,
  { definition, problem }: GameAtHand,
): RecordedShow {
  if (!definition) {
    const why = problem ?? "the run's game is not known yet";
    return pictureShow(entry, replay, why);
  }
  try {
    return showOf(entry, replay, definition, undefined);
  } catch (error) {
    const isForeign = error instanceof EnvError && error.code === "REPLAY_FOREIGN";
    if (!isForeign || !replay.pictures) throw error;
    return pictureShow(entry, replay, "It was recorded with other rules of the game.");
  }
}

/** The recorded pictures of an episode that the game at hand plays differently from `mismatch` on. */
export function withoutRules({ entry, replay, analysis }: RecordedShow): RecordedShow {
  const from = analysis.mismatch ?? 0;
  return pictureShow(
    entry,
    replay,
    `The game's rules have changed since this was recorded: this page plays it differently from decision ${from} on.`,
  );
}

/** @param why a sentence: it is the error where there are no pictures */
function pictureShow(entry: EpisodeEntry, replay: Replay, why: string): RecordedShow {
  if (!replay.pictures) throw new Error(why);
  return showOf(entry, replay, recordedGame(replay), why);
}

function showOf(
  entry: EpisodeEntry,
  replay: Replay,
  definition: GameDefinition,
  instead: string | undefined,
): RecordedShow {
  const player = new ReplayPlayer(replay, definition);
  const game = definition.create(replay.variant);
  const analysis = new Analysis(replay, game, instead === undefined);
  const read = actionReader(player.game.spec.actions);
  const action = (step: number) => read(replay.actions, step * replay.width);
  const film = new Film(player);
  return { kind: "recorded", entry, replay, player, film, analysis, action, instead };
}
