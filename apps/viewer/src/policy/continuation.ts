/** The run's policy as who plays on after a person hands back, and as the other side in a game for two. */
import type { PolicyEntry } from "@carom/runs/formats";
import type { Continuation, EpisodeSoFar } from "../model/continuation.js";
import type { Asked } from "./host.js";
import type { Played, PlayOptions } from "./protocol.js";

/** Most decisions that are played on. */
const MOST = 20_000;

/** Whoever answers for policies; the page's `PolicyHost`. */
export interface Players {
  play(policy: PolicyEntry, options: PlayOptions): Asked<Played>;
}

/**
 * The policy that was kept last before the episode ended plays greedily, as the episode's own
 * would have at its best.
 *
 * @param policies those of the run at the moment, by their env steps
 */
export function policyContinuation(
  players: Players,
  policies: () => readonly PolicyEntry[],
): Continuation {
  const ahead = async (
    { seed, actions, length, steps }: EpisodeSoFar,
    more: Pick<PlayOptions, "maxSteps" | "bothSides">,
    signal: AbortSignal,
  ) => {
    const kept = policies();
    const entry = kept.findLast((one) => one.steps <= steps) ?? kept[0];
    const from = { actions, length };
    const asked = players.play(entry, { seed, greedy: true, from, ...more });
    signal.addEventListener("abort", () => asked.cancel(), { once: true });
    const played = await asked.done;
    return played.actions.subarray(actions.length);
  };
  return {
    get ready() {
      return policies().length > 0;
    },
    async *playOn(from, signal) {
      const bytes = await ahead(from, { maxSteps: from.length + MOST }, signal);
      // An episode beyond the run's time limit ends where it is.
      if (bytes.length > 0) yield bytes;
    },
    answer: (from, signal) => ahead(from, { maxSteps: from.length + 1, bothSides: true }, signal),
  };
}
