/**
 * The contract of a vector env: `count` games that step together into flat typed arrays that are
 * allocated once. Terms are Gymnasium's. An ended game is reset within the same step ("same-step"
 * autoreset): its row of `observations` is the first of the next episode, its last one is in
 * `finalObservations`. The mode is in the type, so an algorithm that takes a VectorEnv has been
 * written for it.
 *
 * Implementations: games in this thread (local-env.ts), on worker threads (workers/), in Python
 * (@carom/gym), and wrappers around any of them (wrappers/). Same seeds give the same trajectories
 * in every one of them.
 */
import type { GameSpec } from "./game.js";
import type { Key } from "./key.js";
import type { ActionArray } from "./spaces.js";
import type { VectorEnvState } from "./vector-state.js";

/** Rows of observations: float32, or bytes where `spec.observation.dtype` says "uint8". */
export type ObservationArray = Float32Array | Uint8Array;

/** `count` games of one kind that step together into flat typed arrays. */
export interface VectorEnv {
  /** A game that ends is reset within the same step; see `finalObservations`. */
  readonly autoreset: "same-step";
  /** Number of games. */
  readonly count: number;
  /** Wrappers that stand inside but elsewhere, in other threads (default 0). */
  readonly layers?: number;
  /** What each of the games is, as seen through the wrappers. */
  readonly spec: GameSpec;
  /** Time limit of an episode, in steps of this env. */
  readonly maxSteps: number;
  /** Root of the games' seeds. */
  readonly key: Key;
  /** Number of the first game in the key tree (0 but for parts of a larger set). */
  readonly firstEnv: number;
  /** `[count, O]`: what the policy sees next. Shared memory where the platform has it. */
  readonly observations: ObservationArray;
  /**
   * `[count]`, or `[count, A]` for vector actions: written by the caller before `step`. Shared memory
   * where the platform has it.
   */
  readonly actions: ActionArray;
  /** `[count]`: rewards of the last step; raw unless a wrapper changes them. */
  readonly rewards: Float32Array;
  /** `[count]`: 1 where the last step ended the episode by the rules. */
  readonly terminated: Uint8Array;
  /** `[count]`: 1 where the last step hit a time limit or a fault (and the rules did not end it). */
  readonly truncated: Uint8Array;
  /** `[count, O]`: the last observation of an episode; valid where it has just ended. */
  readonly finalObservations: ObservationArray;
  /** `[count]`: return of the episode that has just ended, of raw rewards, where one has. */
  readonly episodeReturn: Float64Array;
  /** `[count]`: length in the game's decisions of the episode that has just ended, where one has. */
  readonly episodeLength: Int32Array;
  /** `[count, A]`: 1 for every action that is allowed next; absent where all always are. */
  readonly masks?: Uint8Array | undefined;
  /** Starts episode 0 of every env; forgets everything played before. */
  reset(): void;
  /** Plays `actions` in every env. Throws EnvError INVALID_ACTION, INVALID_REWARD, FAULTY_GAME. */
  step(): void;
  /**
   * Plays the actions of these envs only, so that a policy can work on other envs meanwhile.
   * @param observe false: rows of `observations` may be left as they are where the episode goes on,
   *   for a caller that takes several steps and looks once
   */
  stepRange(from: number, to: number, observe?: boolean): void;
  /** Ends the episode of `env` where it is, as truncated by the last step, and starts its next one. */
  cut(env: number): void;
  /** Starts the given episode of one env; the one being played is forgotten without a record. */
  restart(env: number, episode: number): void;
  /** Whose turn it is in `env`, from 0; undefined in games for one. */
  turn(env: number): number | undefined;
  /** Lives or balls left in `env`; undefined where the game has none. */
  lives(env: number): number | undefined;
  /** The episode that `env` is playing. */
  current(env: number): CurrentEpisode;
  /** Everything needed to go on bit for bit, also in the middle of episodes; a copy. */
  save(): VectorEnvState;
  /** Goes on from a saved state of the same game, count and limits. Throws EnvError STATE_MISMATCH. */
  restore(state: VectorEnvState): void;
  /** Ends threads and processes that it started. Idempotent. */
  dispose(): void;
}

/** One finished episode. */
export interface EpisodeRecord {
  /** Which of the games played it. */
  readonly env: number;
  /** Counts from 0 in each env. */
  readonly episode: number;
  /** Seed of the game's generator. */
  readonly seed: number;
  /** The game's decisions, `actionBytes` bytes each (spaces.ts); the receiver owns it. */
  readonly actions: Uint8Array<ArrayBuffer>;
  /** Number of the game's decisions. */
  readonly length: number;
  /**
   * Sum of the raw rewards; in a game for two as the first player counts them, or the learner where it
   * plays against the wrapper `opponent`.
   */
  readonly return: number;
  /** Ended by the rules. */
  readonly terminated: boolean;
  /** Cut by a time limit, or by a fault of the game. */
  readonly truncated: boolean;
}

/** An episode that is still being played. */
export interface CurrentEpisode {
  /** Seed of the game's generator. */
  readonly seed: number;
  /** Counts from 0 in each env. */
  readonly episode: number;
  /** A view of the log, `actionBytes` bytes a decision, valid until the next step: copy what is kept. */
  readonly actions: Uint8Array;
  /** The game's decisions so far. */
  readonly length: number;
  /** Sum of the raw rewards so far; in a game for two as the first player counts them. */
  readonly return: number;
}

/** A game that failed in the middle of an episode, which was then cut. */
export interface Fault {
  /** How: its code threw, did not come back in time, took its thread down, or gave no number. */
  readonly kind: "threw" | "hung" | "died" | "not finite";
  /** Which of the games. */
  readonly env: number;
  /** Counts from 0 in each env. */
  readonly episode: number;
  /** Seed of the game's generator. */
  readonly seed: number;
  /** The decision that failed, counted from 0; -1 if it was the start of the episode. */
  readonly step: number;
  /** The action of that decision, as numbers. */
  readonly action: readonly number[];
  /** What the game said. */
  readonly message: string;
}
