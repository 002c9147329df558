/** What is known of the episodes that ended on a GPU: sums and extremes, kept there and read now and then. */

/** An episode that has ended on a GPU. */
export interface EndedEpisode {
  /** Its game, as a number among those on the device. */
  readonly env: number;
  /** Its number within the game, from 0. */
  readonly episode: number;
  /** Its return: raw rewards, in a game for two as the first player or, against an opponent, the learner counts them. */
  readonly return: number;
  /** The game's decisions. */
  readonly length: number;
  /** True if the rules ended it, false if a time limit did. */
  readonly terminated: boolean;
  /** Where its decisions end in the games' log (log.ts). */
  readonly place: number;
}

/** Episodes that have ended since they were last counted. */
export interface EpisodeTotals {
  /** How many. */
  readonly episodes: number;
  /** Sum of their returns: raw rewards, in a game for two as the first player counts them. */
  readonly returnSum: number;
  /** The least return; Infinity where no episode has ended. */
  readonly returnMin: number;
  /** The greatest return; -Infinity where no episode has ended. */
  readonly returnMax: number;
  /** Sum of their lengths, in the game's decisions. */
  readonly lengthSum: number;
  /** Games that have a fault at this moment; `takeFaults` says which. */
  readonly faults: number;
  /** The one with the least return, of several that of the first game; undefined where none has ended. */
  readonly worst: EndedEpisode | undefined;
  /** The one with the greatest return, of several that of the first game; undefined where none has ended. */
  readonly best: EndedEpisode | undefined;
}

/** Numbers of a summary. */
export const SUMMARY = 14;

/** Numbers per game of the totals. */
export const TOTALS = 11;

/** Threads of the kernel that adds up. */
export const SUMMARY_THREADS = 256;

const WORST = 4;
const BEST = 9;

/** A summary, `[14]`, by name. */
export function totalsOf(summary: ArrayLike<number>): EpisodeTotals {
  return {
    episodes: summary[0],
    returnSum: summary[1],
    returnMin: summary[WORST],
    returnMax: summary[BEST],
    lengthSum: summary[2],
    faults: summary[3],
    worst: endedAt(summary, WORST),
    best: endedAt(summary, BEST),
  };
}

function endedAt(summary: ArrayLike<number>, at: number): EndedEpisode | undefined {
  if (summary[0] === 0) return undefined;
  const length = summary[at + 3];
  return {
    return: summary[at],
    env: summary[at + 1],
    episode: summary[at + 2],
    length: Math.abs(length),
    terminated: length > 0,
    place: summary[at + 4],
  };
}
