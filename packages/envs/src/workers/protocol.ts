/**
 * What the main thread and a thread of games share: the rows of the vector env, a few control words,
 * and a port for what is rare. The main thread is synchronous (its event loop does not turn while it
 * trains), so it writes a command, wakes the thread, and waits for the command's number to come back.
 */
import type { MessagePort } from "node:worker_threads";
import type { EnvErrorCode } from "../errors.js";
import type { ActionArray } from "../spaces.js";
import type { CurrentEpisode, EpisodeRecord, Fault, ObservationArray } from "../vector-env.js";
import type { VectorEnvState } from "../vector-state.js";
import type { WrapperSpec } from "../wrappers/wrap.js";

/** Where a thread finds the game: an export of a module, or a game of this package by its id. */
export interface GameSource {
  /** Id of the game. */
  readonly id: string;
  /** URL of an ES module that exports it (default: this package). */
  readonly module?: string;
  /** Name of the export, a GameDefinition (default "default"). */
  readonly export?: string;
}

/** Rows of all games, over shared memory. */
export interface SharedRows {
  readonly observations: ObservationArray; // [count, O]
  readonly finalObservations: ObservationArray; // [count, O]
  readonly actions: ActionArray; // [count, A]
  readonly rewards: Float32Array; // [count], as all below
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly episodeReturn: Float64Array;
  readonly episodeLength: Int32Array;
  readonly masks: Uint8Array | undefined; // [count, actions]
  /** Lives left, where the game has lives. */
  readonly lives: Int32Array | undefined;
  /** Whose turn it is, in games for several. */
  readonly turns: Int32Array | undefined;
  /** Number of the episode being played. */
  readonly episodes: Int32Array;
}

/** Indices of the control words, one Int32Array a thread. */
export const word = {
  /** Number of the newest command; written by the main thread, which then wakes the other. */
  command: 0,
  /** Number of the newest command begun, and finished, by the thread. */
  begun: 1,
  done: 2,
  /** The command: one of `code`, and its numbers. */
  code: 3,
  from: 4,
  to: 5,
  observe: 6,
  /** First game of the block being played, and the game within it: where a watcher looks. */
  block: 7,
  game: 8,
  /** Counts on while episodes are played again. */
  ticks: 9,
  /** Messages that the thread has posted. */
  messages: 10,
  /** The system's number of the thread, where it tells; else 0. */
  task: 11,
} as const;

/** Number of control words. */
export const CONTROL_WORDS = 12;

/** Commands. */
export const code = {
  reset: 1,
  step: 2,
  cut: 3,
  restart: 4,
  current: 5,
  save: 6,
  restore: 7,
  rebuild: 8,
  stop: 9,
} as const;

/** Games [from, to) that step together in one thread. */
export interface Block {
  readonly from: number;
  readonly to: number;
}

/** Everything a thread needs to begin. */
export interface ThreadPlan {
  readonly source: GameSource;
  readonly variant: string | undefined;
  readonly maxSteps: number | undefined;
  readonly key: readonly [number, number];
  readonly wrappers: readonly WrapperSpec[];
  readonly checkObservations: boolean;
  readonly faults: "throw" | "truncate";
  readonly wantsRecords: boolean;
  /** Number of games in all threads. */
  readonly count: number;
  readonly blocks: readonly Block[];
  readonly rows: SharedRows;
  readonly control: Int32Array;
  readonly port: MessagePort;
}

/** An episode to be played again in a new thread. */
export interface Rebuilt {
  readonly env: number;
  readonly episode: number;
  /** Steps of the episode so far, and their actions, `[steps, A]`; undefined if not known. */
  readonly actions: ActionArray | undefined;
  readonly steps: number;
  /** Whether the episode ends here, because it took the last thread down. */
  readonly cut: boolean;
}

/** What a new thread does first in the place of one that is gone. */
export interface Rebuild {
  readonly episodes: readonly Rebuilt[];
  /** The step that the last thread did not finish. */
  readonly step: { readonly from: number; readonly to: number } | undefined;
}

/** What a thread says. */
export type ThreadMessage =
  | { readonly kind: "episode"; readonly record: EpisodeRecord }
  | { readonly kind: "fault"; readonly fault: Fault }
  | { readonly kind: "error"; readonly code: EnvErrorCode | undefined; readonly message: string }
  | { readonly kind: "current"; readonly current: CurrentEpisode }
  | { readonly kind: "saved"; readonly states: readonly VectorEnvState[] };

/** What the main thread says beside commands. */
export type MainMessage =
  | { readonly kind: "restore"; readonly states: readonly VectorEnvState[] }
  | { readonly kind: "rebuild"; readonly rebuild: Rebuild };
