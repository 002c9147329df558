/**
 * What the agent library shows to the outside: a trainer that is driven one iteration at a time, the
 * policy that acts for it, and the state that is saved and restored. Interfaces only; each algorithm
 * implements them in its own folder. Nothing here knows about files, processes or screens.
 */
import type {
  ActionArray,
  EpisodeRecord,
  Fault,
  GameDefinition,
  GameSpec,
  ObservationArray,
  VectorEnv,
} from "@carom/envs";
import type { Device } from "@carom/tensor";
import type { Config } from "./config.js";
import type { EnvFactory } from "./games.js";

/** Values that JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Typed arrays that a saved state may hold. */
export type SavedData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** Element types of {@link SavedData}. */
export type SavedDtype =
  | "float32"
  | "float64"
  | "int8"
  | "int16"
  | "int32"
  | "uint8"
  | "uint16"
  | "uint32";

/** One named array of a saved state. */
export interface SavedArray {
  /** Type of the elements. */
  readonly dtype: SavedDtype;
  /** Sizes of the dimensions; [] is a scalar. */
  readonly shape: readonly number[];
  /** The elements in row-major order. */
  readonly data: SavedData;
}

/**
 * Everything that a trainer needs to go on as if it had never stopped: parameters, optimiser,
 * schedules, random state, counters and games. `arrays` fit safetensors, `json` fits a text file.
 */
export interface SavedState {
  /** Typed arrays by name. */
  readonly arrays: Readonly<Record<string, SavedArray>>;
  /** Everything that is not an array. */
  readonly json: { readonly [key: string]: JsonValue };
}

/** What one iteration (collect, then learn) reports. Times are in seconds of this iteration. */
export interface IterationMetrics {
  /** Env steps since the start of training, over all games. */
  readonly steps: number;
  /** Episodes that ended in this iteration. */
  readonly episodes: number;
  /** Mean of the clipped policy loss. */
  readonly policyLoss: number;
  /** Mean of the value loss. */
  readonly valueLoss: number;
  /** Mean entropy of the policy, nats. */
  readonly entropy: number;
  /** Estimate of KL(old || new), nats: mean of (ratio - 1) - log ratio (Schulman 2020). */
  readonly approxKl: number;
  /** Share of samples whose probability ratio was clipped, 0..1. */
  readonly clipFraction: number;
  /** 1 - Var(return - value) / Var(return), before the update. */
  readonly explainedVariance: number;
  /** Norm of the gradient before clipping, mean over the minibatches. */
  readonly gradNorm: number;
  /** Learning rate of this iteration. */
  readonly learningRate: number;
  /** Seconds in which games stepped. */
  readonly timeGame: number;
  /** Seconds in which the policy chose actions. */
  readonly timePolicy: number;
  /** Seconds of learning. */
  readonly timeLearn: number;
}

/** What a policy thinks of some observations. */
export interface Assessment {
  /** Of each action, `[count, A]` flattened. */
  readonly probabilities: Float32Array;
  /** Expected discounted return, `[count]`. */
  readonly values: Float32Array;
}

/** Chooses actions for a fixed number of games. */
export interface Policy {
  /** Games per call. */
  readonly count: number;
  /**
   * Writes one action per game.
   *
   * @param observations `[count, O]` flattened, as the env wrote them.
   * @param actions `[count]`.
   */
  act(
    observations: ObservationArray,
    actions: ActionArray,
    options: { readonly greedy: boolean },
  ): void;
  /**
   * What the policy thinks of observations `[count, O]`: probabilities of the actions, `[count, A]`
   * flattened, and values, `[count]`.
   */
  assess(observations: ObservationArray): Assessment;
  /** Frees its tensors. Idempotent. */
  dispose(): void;
}

/** A training run of one algorithm on one game. */
export interface Trainer {
  /** Env steps done, over all games. */
  readonly steps: number;
  /** The games being trained on; `env.current(i)` shows a game in mid-episode. */
  readonly env: VectorEnv;
  /** Collects experience and learns from it, once. */
  iterate(): IterationMetrics;
  /** A copy of the complete state, taken between iterations. */
  save(): SavedState;
  /** Continues from a state that `save` of the same algorithm, game and configuration gave. */
  restore(state: SavedState): void;
  /** Frees everything. Idempotent. */
  dispose(): void;
}

/** What every algorithm's trainer is made from. */
export interface TrainerOptions {
  /** The game to train on. */
  readonly game: GameDefinition;
  /** Variant of the game; its default when absent. */
  readonly variant?: string;
  /** Root of the key tree: games, initial parameters and sampling all derive from it. */
  readonly seed: number;
  /** Where tensors live. */
  readonly device: Device;
  /** A complete configuration, from `resolveConfig`. */
  readonly config: Config;
  /** Env steps over which schedules run. */
  readonly totalSteps: number;
  /** Called for every episode that ends, in order of ending. */
  readonly onEpisode?: (record: EpisodeRecord) => void;
  /** Called for every game that failed and lost its episode, where `faults` is "truncate". */
  readonly onFault?: (fault: Fault) => void;
  /** Makes the games' env; games in this thread when absent. */
  readonly createEnv?: EnvFactory;
}

/** What a policy is made from: a trainer's saved state. */
export interface PolicyOptions {
  /** The game that is played. */
  readonly game: GameDefinition;
  /** Variant of the game; its default when absent. */
  readonly variant?: string;
  /** Where tensors live. */
  readonly device: Device;
  /** The configuration that the state was trained with. */
  readonly config: Config;
  /** A trainer's saved state. */
  readonly state: SavedState;
  /** Games per call of `act`. */
  readonly count: number;
  /** Seed of the sampling when not greedy. */
  readonly seed?: number;
  /** The spec of the env that is played, wrappers included (default: made from game and config). */
  readonly spec?: GameSpec;
}
