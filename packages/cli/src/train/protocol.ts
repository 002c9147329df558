/**
 * What the main thread and the training thread say to each other.
 *
 * Main -> worker: a plan when it starts, then flags in shared memory that the worker looks at once
 * per iteration (its event loop never turns while it trains). Worker -> main: messages.
 */
import type { Config, SavedState, TransferredArray } from "@carom/agents";
import type { Fault } from "@carom/envs";
import type { EpisodeFacts, EpisodeReason, LiveBoard, MetricsRow } from "@carom/runs/formats";
import type { DeviceFacts, DeviceWish } from "../device.js";
import type { ErrorReport } from "../errors.js";
import type { SavedProgress } from "../progress.js";
import type { Limits } from "../status/block.js";

/** What a continued run goes on from. */
export interface Origin {
  readonly state: SavedState;
  readonly progress: SavedProgress;
  /** Episodes that were kept so far. */
  readonly kept: readonly EpisodeFacts[];
}

/** Another run's network, which a new run begins with. */
export interface Init {
  /** The other run and its checkpoint in words, for messages. */
  readonly name: string;
  /** The other run's parameters; see `parametersOnly`. */
  readonly state: SavedState;
}

/** Everything the training thread needs to begin. */
export interface Plan extends DeviceWish {
  readonly game: string;
  /** Where the game is imported from; null where its name says it all. */
  readonly module: string | null;
  readonly variant: string;
  readonly algo: string;
  readonly seed: number;
  readonly config: Config;
  /** Env steps over which schedules run. */
  readonly totalSteps: number;
  readonly limits: Limits;
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
  /** Where to continue; null for a new run. */
  readonly from: Origin | null;
  /** Whose network to begin with; null for a network of its own. */
  readonly init: Init | null;
  /** Memory of {@link Flags}. */
  readonly flags: SharedArrayBuffer;
}

/**
 * One line of metrics: counters now, the rest as means over the iterations since the last line.
 * `score` and `best` are absent before the first episode ended.
 */
export type TrainingRow = MetricsRow & {
  readonly seconds: number;
  /** Env steps per second since the last line. */
  readonly stepsPerSecond: number;
  readonly episodes: number;
  readonly timeGame: number;
  readonly timePolicy: number;
  readonly timeLearn: number;
};

/** An episode worth keeping: what the run folder wants to know, and the actions to replay it. */
export interface KeptEpisode {
  readonly reason: EpisodeReason;
  /** `steps` are those of the run at the end of the iteration in which the episode ended. */
  readonly facts: EpisodeFacts;
  readonly actions: Uint8Array;
}

/** What made training end. */
export type StopReason = "steps" | "time" | "score" | "asked";

/** Messages of the training thread, in the order in which they can come. */
export type WorkerMessage =
  | {
      readonly kind: "ready";
      readonly device: DeviceFacts;
      readonly steps: number;
      /** What became of the network's arrays where the plan has an {@link Init}; else empty. */
      readonly taken: readonly TransferredArray[];
      /** What the user should know of how it trains. */
      readonly notes: readonly string[];
    }
  | { readonly kind: "metrics"; readonly row: TrainingRow }
  /** The training stands still, or goes on again. */
  | { readonly kind: "paused"; readonly isPaused: boolean }
  | { readonly kind: "fault"; readonly fault: Fault }
  | { readonly kind: "episodes"; readonly episodes: readonly KeptEpisode[] }
  | {
      readonly kind: "policy";
      readonly steps: number;
      /** Mean of the latest episodes; null before one ended. */
      readonly score: number | null;
      /** What `policyState` of the trainer gave. */
      readonly state: SavedState;
    }
  | { readonly kind: "boards"; readonly steps: number; readonly boards: readonly LiveBoard[] }
  | {
      readonly kind: "checkpoint";
      readonly steps: number;
      /** Mean of the last 100 episodes; null before 100 ended. */
      readonly score: number | null;
      readonly state: SavedState;
      readonly progress: SavedProgress;
      /** True if somebody asked for it. */
      readonly isAsked: boolean;
    }
  | { readonly kind: "done"; readonly reason: StopReason; readonly progress: SavedProgress }
  | { readonly kind: "failed"; readonly error: ErrorReport };

/** What the training thread says once its trainer is made. */
export type Ready = Extract<WorkerMessage, { readonly kind: "ready" }>;

const slots = {
  go: 0,
  stop: 1,
  save: 2,
  boards: 3,
  resend: 4,
  saving: 5,
  showing: 6,
  pause: 7,
  /** Counts changes of the others, so that a thread can wait for any of them. */
  news: 8,
} as const;
type Slot = keyof typeof slots;

/** Flags in memory that both threads see. Each has one writer that raises it and one that clears it. */
export class Flags {
  readonly buffer: SharedArrayBuffer;
  private readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * Object.keys(slots).length)) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
  }

  /** The value of a flag: `boards` and `news` are counts, the others are 0 or 1. */
  get(slot: Slot): number {
    return Atomics.load(this.words, slots[slot]);
  }

  /** Sets a flag and wakes a thread that waits for it. */
  set(slot: Slot, value: number): void {
    Atomics.store(this.words, slots[slot], value);
    Atomics.notify(this.words, slots[slot]);
    Atomics.add(this.words, slots.news, 1);
    Atomics.notify(this.words, slots.news);
  }

  /** Reads a flag and clears it in one step. */
  take(slot: Slot): number {
    return Atomics.exchange(this.words, slots[slot], 0);
  }

  /** Blocks until the flag is not 0. Only for the training thread. */
  waitFor(slot: Slot): void {
    while (this.get(slot) === 0) Atomics.wait(this.words, slots[slot], 0);
  }

  /** Blocks while no flag was set since `news` had this value. Only for the training thread. */
  waitForNews(news: number): void {
    Atomics.wait(this.words, slots.news, news);
  }
}
