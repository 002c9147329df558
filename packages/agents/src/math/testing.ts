/**
 * Rollouts for the tests of this folder: written by hand in a readable way, drawn at random, and cut
 * into their episodes. Not exported from the package.
 */
import { nextBelow, nextFloat, seedRandom } from "@carom/envs";
import type { GaeInput } from "./gae.js";

/** The steps of a rollout: the input of `gae` without its settings. */
export type Steps = Omit<GaeInput, "gamma" | "lambda">;

/** One episode of one game in a rollout, or the part of it that the rollout has. */
export interface Episode {
  /** Where its steps are in the flattened `[T, N]`, in order. */
  readonly places: readonly number[];
  /** The same steps as a rollout of one game; what it may not read is NaN. */
  readonly steps: Steps;
}

/** A one-game rollout; flags are written as "." (goes on), "T" (terminated), "C" (cut by a time limit). */
export function steps(
  flags: string,
  parts: { rewards: number[]; values: number[]; last: number; final?: number[] },
): Steps {
  return {
    horizon: flags.length,
    count: 1,
    rewards: Float32Array.from(parts.rewards),
    values: Float32Array.from(parts.values),
    lastValues: Float32Array.of(parts.last),
    terminated: Uint8Array.from(flags, (flag) => Number(flag === "T")),
    truncated: Uint8Array.from(flags, (flag) => Number(flag === "C")),
    finalValues: Float32Array.from(parts.final ?? Array.from(flags, () => Number.NaN)),
  };
}

/** A random rollout of up to 3 games and 20 steps, about a quarter of the steps ending an episode. */
export function randomSteps(random: Uint32Array): Steps {
  const count = 1 + nextBelow(random, 3);
  const horizon = 1 + nextBelow(random, 20);
  const flags = Array.from({ length: horizon * count }, () => "......TC"[nextBelow(random, 8)]);
  const truncated = Uint8Array.from(flags, (flag) => Number(flag === "C"));
  return {
    horizon,
    count,
    rewards: randomFloats(random, flags.length),
    values: randomFloats(random, flags.length),
    lastValues: randomFloats(random, count),
    terminated: Uint8Array.from(flags, (flag) => Number(flag === "T")),
    truncated,
    finalValues: randomFloats(random, flags.length).map((value, at) =>
      truncated[at] !== 0 ? value : Number.NaN,
    ),
  };
}

/** Six steps of two games in which episodes end, are cut and go on: the input of the goldens. */
export function goldenSteps(): Steps {
  const row = (...numbers: number[]): Float32Array => Float32Array.from(numbers);
  const unread = Number.NaN;
  return {
    horizon: 6,
    count: 2,
    rewards: row(0.5, -1, 0, 0.25, 1, 2, -0.5, 0, 0.75, 1, 0, -0.25),
    values: row(0.1, 0.4, -0.3, 0.2, 0.6, -0.7, 1.1, 0.5, -0.2, 0.9, 0.3, -0.6),
    lastValues: row(0.8, -0.4),
    terminated: Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1),
    truncated: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0),
    finalValues: Float32Array.from({ length: 12 }, (_, at) => {
      if (at === 3) return 1.5;
      return at === 8 ? -0.9 : unread;
    }),
  };
}

/** `length` numbers in [-1, 1). */
export function randomFloats(random: Uint32Array, length: number): Float32Array {
  return Float32Array.from({ length }, () => 2 * nextFloat(random) - 1);
}

/** A generator for the drawing functions above. */
export function generator(seed: number): Uint32Array {
  const state = new Uint32Array(4);
  seedRandom(state, seed);
  return state;
}

/** The episodes of a rollout, each on its own. */
export function episodes(rollout: Steps): Episode[] {
  const found: Episode[] = [];
  for (let game = 0; game < rollout.count; game++) {
    let places: number[] = [];
    for (let t = 0; t < rollout.horizon; t++) {
      const at = t * rollout.count + game;
      places.push(at);
      const ended = rollout.terminated[at] !== 0 || rollout.truncated[at] !== 0;
      if (!ended && t < rollout.horizon - 1) continue;
      found.push(episode(rollout, places, ended ? Number.NaN : rollout.lastValues[game]));
      places = [];
    }
  }
  return found;
}

/** The entries of `array` at the given places. */
export function pick(array: Float32Array, places: readonly number[]): Float32Array {
  return Float32Array.from(places, (at) => array[at]);
}

function episode(rollout: Steps, places: readonly number[], last: number): Episode {
  return {
    places,
    steps: {
      horizon: places.length,
      count: 1,
      rewards: pick(rollout.rewards, places),
      values: pick(rollout.values, places),
      lastValues: Float32Array.of(last),
      terminated: Uint8Array.from(places, (at) => rollout.terminated[at]),
      truncated: Uint8Array.from(places, (at) => rollout.truncated[at]),
      finalValues: pick(rollout.finalValues, places),
    },
  };
}

/**
 * The discounted sum of an episode's rewards from step `from` on, term by term, with the value of what
 * comes after it: of the final observation where a time limit cut it, nothing where it ended by
 * itself, of the rollout's last observation where it goes on.
 */
export function discountedSum({ steps }: Episode, gamma: number, from: number): number {
  const last = steps.horizon - 1;
  let sum = 0;
  for (let t = from; t <= last; t++) sum += gamma ** (t - from) * steps.rewards[t];
  return sum + gamma ** (last + 1 - from) * valueAfter(steps, last);
}

/** V(s_{t+1}) of a one-game rollout as the learner may see it. */
export function valueAfter(steps: Steps, t: number): number {
  if (steps.terminated[t] !== 0) return 0;
  if (steps.truncated[t] !== 0) return steps.finalValues[t];
  return t === steps.horizon - 1 ? steps.lastValues[0] : steps.values[t + 1];
}
