/**
 * What came of an action when it was really tried: the state of the game is the same, the action is
 * taken, and the policy plays on for some seconds, once or several times. Not here: asking (why.ts).
 */
import type { Thoughts } from "../policy/protocol.js";

/** One try. */
export interface Rollout {
  /** The seed's decisions from the start of the episode, as bytes. */
  readonly actions: Uint8Array;
  /** Decisions, those before the action included. */
  readonly length: number;
  readonly rewards: Float32Array;
  readonly terminated: boolean;
}

/** What the tries of one action come to. */
export interface Outcome {
  readonly count: number;
  /** Sum of rewards from the action on. */
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  /** How many ended within the time. */
  readonly ends: number;
}

/** @param from the decision at which the action was taken */
export function outcomeOf(tries: readonly Rollout[], from: number): Outcome | undefined {
  if (tries.length === 0) return undefined;
  const gains = tries.map(({ rewards }) =>
    rewards.subarray(from).reduce((sum, reward) => sum + reward, 0),
  );
  return {
    count: tries.length,
    mean: gains.reduce((sum, gain) => sum + gain, 0) / tries.length,
    least: Math.min(...gains),
    most: Math.max(...gains),
    ends: tries.filter(({ terminated }) => terminated).length,
  };
}

/** An action that may be tried at a decision. */
export interface Option {
  readonly action: number;
  /** Probability, or value where the policy knows only values. */
  readonly weight: number;
}

/** What a policy may do at the first of its decisions, heaviest first; at most `most`, `taken` among them. */
export function optionsAt(
  { probabilities, actionValues, allowed, at }: Thoughts,
  most: number,
  taken: number | undefined,
): readonly Option[] {
  const weights = probabilities ?? actionValues;
  if (!weights || at.length === 0) return [];
  const width = weights.length / at.length;
  const all = Array.from({ length: width }, (_, action) => ({ action, weight: weights[action] }));
  const open = all.filter(({ action }) => allowed?.[action] !== 0);
  const sorted = open.toSorted((a, b) => b.weight - a.weight);
  const first = sorted.slice(0, most);
  const own = sorted.find(({ action }) => action === taken);
  return own === undefined || first.includes(own) ? first : [...first.slice(0, -1), own];
}
