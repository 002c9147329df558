/** Epsilon-greedy exploration (Sutton and Barto 2018, section 2.2), on the host. */
import { type ActionArray, nextBelow, nextFloat } from "@carom/envs";

/** How much is left to chance. */
export interface ExploreOptions {
  /** Probability of an action at random. */
  readonly epsilon: number;
  /** Number of actions, A. */
  readonly choices: number;
  /** Generator of four words, see `seedRandom`. */
  readonly random: Uint32Array;
  /** `[count, A]`: 1 for every action that is allowed; absent where all are. */
  readonly masks?: Uint8Array | undefined;
}

/** Replaces each of the actions `[count]` with probability epsilon by one of the allowed, at random. */
export function explore(actions: ActionArray, options: ExploreOptions): void {
  const { epsilon, choices, random, masks } = options;
  if (epsilon <= 0) return;
  for (let i = 0; i < actions.length; i++) {
    if (nextFloat(random) >= epsilon) continue;
    actions[i] =
      masks === undefined
        ? nextBelow(random, choices)
        : drawAllowed(masks.subarray(i * choices, (i + 1) * choices), random);
  }
}

/** One of the actions whose entry of the mask is 1, each equally likely. */
function drawAllowed(mask: Uint8Array, random: Uint32Array): number {
  const allowed = mask.reduce((sum, one) => sum + one, 0);
  let left = nextBelow(random, allowed);
  return mask.findIndex((one) => one === 1 && left-- === 0);
}
