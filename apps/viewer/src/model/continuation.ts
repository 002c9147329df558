/**
 * Who plays on when a person hands the controls back, and who plays the other side in a game for two. A
 * policy in the page can be one; without any, the branch ends where the person left it, and the person
 * plays both sides.
 */

import type { KeptPolicy } from "../policy/protocol.js";

/** An episode up to a decision. */
export interface EpisodeSoFar {
  readonly seed: number;
  /** Bytes of the actions so far, as replays store them. */
  readonly actions: Uint8Array;
  /** Decisions. */
  readonly length: number;
  /** Env steps of the run when the episode that it grew from ended. */
  readonly steps: number;
  /** The policy that had played it, where it is known: of a run beside it, perhaps. */
  readonly performer?: KeptPolicy;
}

export interface Continuation {
  /** Whether it can play now. */
  readonly ready: boolean;
  /**
   * Plays to the end of the episode: bytes of whole decisions, as they come. May be slower or faster
   * than the watching. Ends early when `signal` says so.
   */
  playOn(from: EpisodeSoFar, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Bytes of the next decision; none where the episode is over. */
  answer(from: EpisodeSoFar, signal: AbortSignal): Promise<Uint8Array>;
}
