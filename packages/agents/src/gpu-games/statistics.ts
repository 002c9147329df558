/** What is known of the episodes that ended on a GPU: sums, kept there and read now and then. */

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
}

/** Numbers of a summary. */
export const SUMMARY = 6;

/** Numbers per game of the totals. */
export const TOTALS = 5;

/** Threads of the kernel that adds up. */
export const SUMMARY_THREADS = 256;

/** A summary, `[6]`, by name. */
export function totalsOf(summary: ArrayLike<number>): EpisodeTotals {
  return {
    episodes: summary[0],
    returnSum: summary[1],
    returnMin: summary[2],
    returnMax: summary[3],
    lengthSum: summary[4],
    faults: summary[5],
  };
}
