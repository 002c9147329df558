/**
 * Which episodes are kept, so that a run of any length has a story in a few thousand replays at
 * most: the first, each new best, now and then the newest, and the worst of late. "Now and then" is
 * every 1,000 env steps at first and then every hundredth of the steps done, so their number grows
 * with the logarithm of the run's length. Not here: how many bytes are kept (episode-store.ts).
 */
import type { EpisodeFacts, EpisodeReason } from "./formats/episodes.js";

/** Env steps between kept episodes at the beginning of a run. */
const firstSpacing = 1000;
/** Later spacing as a share of the steps done. */
const spacingShare = 0.01;
/** "The worst of late" looks back over one to two blocks of so many episodes. */
const blockLength = 256;
/** Episodes before anything is called the worst. */
const worstAfter = 32;

/** Decides episode by episode. The same episodes in the same order give the same decisions. */
export interface EpisodeKeeper {
  /** Why the episode should be kept, or undefined. */
  consider(facts: EpisodeFacts): EpisodeReason | undefined;
}

/** A keeper that goes on after some episodes were kept already. */
export function createEpisodeKeeper(kept: readonly EpisodeFacts[] = []): EpisodeKeeper {
  const lastSteps = kept.reduce((max, facts) => Math.max(max, facts.steps), 0);
  let isFirst = kept.length === 0;
  let best = kept.reduce((max, facts) => Math.max(max, facts.return), Number.NEGATIVE_INFINITY);
  let nextNewest = isFirst ? 0 : lastSteps + spacing(lastSteps);
  let nextWorst = nextNewest;
  const recent = recentMinimum();

  const choose = (facts: EpisodeFacts, worst: number): EpisodeReason | undefined => {
    if (isFirst) return "first";
    if (facts.return > best) return "best";
    if (facts.return < worst && facts.steps >= nextWorst) return "worst";
    return facts.steps >= nextNewest ? "newest" : undefined;
  };

  return {
    consider: (facts) => {
      const reason = choose(facts, recent.value());
      recent.add(facts.return);
      if (reason === undefined) return undefined;
      isFirst = false;
      best = Math.max(best, facts.return);
      nextNewest = facts.steps + spacing(facts.steps);
      if (reason === "worst") nextWorst = nextNewest;
      return reason;
    },
  };
}

function spacing(steps: number): number {
  return Math.max(firstSpacing, Math.ceil(steps * spacingShare));
}

/** Minimum over the current block and the one before; minus infinity until there are enough. */
function recentMinimum(): { value(): number; add(value: number): void } {
  let before = Number.POSITIVE_INFINITY;
  let current = Number.POSITIVE_INFINITY;
  let inBlock = 0;
  let total = 0;
  return {
    value: () => (total < worstAfter ? Number.NEGATIVE_INFINITY : Math.min(before, current)),
    add: (value) => {
      current = Math.min(current, value);
      total++;
      if (++inBlock < blockLength) return;
      before = current;
      current = Number.POSITIVE_INFINITY;
      inBlock = 0;
    },
  };
}
