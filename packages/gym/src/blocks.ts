/**
 * This side's copies of the blocks of the shared memory: one buffer per direction, so that a step
 * writes once and reads twice. `layout` (hello.ts) says where each block begins.
 */
import { type ActionArray, actionArray, actionWidth, type GameSpec } from "@carom/envs";
import type { Hello } from "./hello.js";

/** What goes to Python. */
export interface InputBlock {
  /** All of it; begins at byte 0 of the memory. */
  readonly bytes: Uint8Array;
  /** `[count, A]`: what is played. */
  readonly actions: ActionArray;
  /** `[count]`: seed of the episode that each environment starts next. */
  readonly seeds: Uint32Array;
  /** `[count]`: 1 to start an episode, 0 to play the action. */
  readonly modes: Uint8Array;
}

/** What comes from Python, but for the observations. */
export interface OutputBlock {
  /** All of it. */
  readonly bytes: Uint8Array;
  /** Where it begins in the memory. */
  readonly at: number;
  /** `[count]` */
  readonly rewards: Float64Array;
  /** `[count]`: -1 where there are none. */
  readonly lives: Int32Array;
  /** `[count]`: sums of TERMINATED, TRUNCATED, FAULT. */
  readonly flags: Uint8Array;
}

/** Bits of `flags`. */
export const TERMINATED = 1;
export const TRUNCATED = 2;
export const FAULT = 4;

/** The block that goes to Python. */
export function inputBlock(spec: GameSpec, count: number, layout: Hello["layout"]): InputBlock {
  const bytes = new Uint8Array(layout.rewards);
  return {
    bytes,
    actions: actionArray(spec.actions, count * actionWidth(spec.actions), bytes.buffer),
    seeds: new Uint32Array(bytes.buffer, layout.seeds, count),
    modes: new Uint8Array(bytes.buffer, layout.modes, count),
  };
}

/** The block that comes from Python. */
export function outputBlock(count: number, layout: Hello["layout"]): OutputBlock {
  const at = layout.rewards;
  const bytes = new Uint8Array(layout.observations - at);
  return {
    bytes,
    at,
    rewards: new Float64Array(bytes.buffer, 0, count),
    lives: new Int32Array(bytes.buffer, layout.lives - at, count),
    flags: new Uint8Array(bytes.buffer, layout.flags - at, count),
  };
}
