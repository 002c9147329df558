/** Replay memories that have seen some play, and what a naive one makes of the same. */
import { type ActionSpace, seedRandom, type VectorEnv } from "@carom/envs";
import type { Device } from "@carom/tensor";
import { Replay, type ReplayOptions } from "../../src/replay/replay.js";
import { NaiveReplay, type NaiveTransition } from "./naive-replay.js";
import { chooseActions, type FrameKind, numberedEnv } from "./numbered-game.js";

export const GAMMA = 0.9;
export const DISCRETE: ActionSpace = { kind: "discrete", names: ["a", "b", "c", "d", "e"] };
export const BOX: ActionSpace = { kind: "box", size: 2, low: [-1, -1], high: [1, 1] };
export const SWITCHES: ActionSpace = { kind: "multi-binary", size: 3 };

/** A memory and its env; `capacity` is 40 slots per game unless given. */
export interface PlayedOptions extends Partial<Omit<ReplayOptions, "env" | "device">> {
  readonly count?: number;
  readonly shape?: readonly number[];
  readonly kind?: FrameKind;
  readonly actions?: ActionSpace;
  /** Steps played so far. */
  readonly steps?: number;
}

export interface Played {
  readonly env: VectorEnv;
  readonly replay: Replay;
  readonly naive: NaiveReplay;
  /** Chooses the actions. */
  readonly random: Uint32Array;
  /** What the memory must offer now. */
  expected(): NaiveTransition[];
}

/** A generator of four words. */
export function generator(seed = 1): Uint32Array {
  const words = new Uint32Array(4);
  seedRandom(words, seed);
  return words;
}

/** Steps an env and shows the steps to memories. */
export function play(
  env: VectorEnv,
  memories: readonly (Replay | NaiveReplay)[],
  random: Uint32Array,
  steps: number,
): void {
  for (let step = 0; step < steps; step++) {
    chooseActions(env, random);
    for (const memory of memories) memory.begin(env);
    env.step();
    for (const memory of memories) memory.finish(env);
  }
}

/** An env, a memory and a naive one that has seen the same. */
export function played(device: Device, options: PlayedOptions = {}): Played {
  const { count = 2, shape = [2, 2, 2], kind = "whole", actions = DISCRETE, steps = 0 } = options;
  const { frames = 1, nStep = 1, gamma = GAMMA } = options;
  const env = numberedEnv({ count, stack: frames, shape, frames: kind, actions });
  env.reset();
  const rest = { capacity: count * 40, batch: 32, gamma, ...options };
  const replay = new Replay({ env, device, ...rest });
  const naive = new NaiveReplay(count);
  const random = generator();
  play(env, [replay, naive], random, steps);
  const slots = replay.capacity / count;
  return {
    env,
    replay,
    naive,
    random,
    expected: () => naive.transitions(slots, nStep, frames, gamma),
  };
}
