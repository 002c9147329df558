/** The run's policy as who plays on after a person hands back, and as the other side in a game for two. */

import type { PolicyEntry } from "@carom/runs/formats";
import { ofAge } from "../model/ages.js";
import type { Continuation, EpisodeSoFar } from "../model/continuation.js";
import type { Asked } from "./host.js";
import type { KeptPolicy, Played, PlayOptions } from "./protocol.js";

/** Most decisions that are played on. */
const MOST = 20_000;

/** Whoever answers for policies; the page's `PolicyHost`. */
export interface Players {
  play(policy: KeptPolicy, options: PlayOptions): Asked<Played>;
}

/**
 * The policy that had played the episode, or else the one that was kept last before it ended, plays greedily, as the episode's own
 * would have at its best.
 *
 * @param policies those of the run at the moment, by their env steps
 */
export function policyContinuation(
  players: Players,
  policies: () => readonly PolicyEntry[],
): Continuation {
  const ahead = async (
    { seed, actions, length, steps, performer }: EpisodeSoFar,
    maxSteps: number,
    signal: AbortSignal,
  ) => {
    const entry = performer ?? ofAge(policies(), steps);
    if (!entry) throw new Error("The run keeps no policy any more.");
    const from = { actions, length };
    const asked = players.play(entry, {
      ...{ seed, greedy: true, from, maxSteps },
      bothSides: true, // an evaluation's opponent has no part in this
    });
    const cancel = () => asked.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return (await asked.done).actions.subarray(actions.length);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };
  return {
    get ready() {
      return policies().length > 0;
    },
    async *playOn(from, signal) {
      const bytes = await ahead(from, from.length + MOST, signal);
      // An episode beyond the run's time limit ends where it is.
      if (bytes.length > 0) yield bytes;
    },
    answer: (from, signal) => ahead(from, from.length + 1, signal),
  };
}
