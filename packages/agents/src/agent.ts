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
import type { EncoderFactory } from "./encoders/encoder.js";
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
  /** Episodes that ended in this iteration, told of or not. */
  readonly episodes: number;
  /** Learning rate of this iteration. */
  readonly learningRate: number;
  /**
   * What the algorithm measured, by name: means over the updates of this iteration, NaN where there was
   * none. Every iteration of an algorithm has the same names; docs/algorithms says what each is. Names
   * that several algorithms share mean the same: `policyLoss`, `valueLoss`, `entropy` (nats), `approxKl`
   * (nats, mean of (ratio - 1) - log ratio, Schulman 2020), `clipFraction`, `explainedVariance`,
   * `gradNorm` (before clipping), `qLoss`, `qMean`, `epsilon`.
   */
  readonly measures: Readonly<Record<string, number>>;
  /** Seconds in which games stepped. */
  readonly timeGame: number;
  /** Seconds in which the policy chose actions. */
  readonly timePolicy: number;
  /** Seconds of learning. */
  readonly timeLearn: number;
}

/** What a policy thinks of some observations. */
export interface Assessment {
  /** Expected discounted return, `[count]`. */
  readonly values: Float32Array;
  /** Of each action, `[count, A]` flattened; only of policies over discrete actions. */
  readonly probabilities?: Float32Array;
  /** Expected discounted return after each action, `[count, A]`; only of value-based agents. */
  readonly actionValues?: Float32Array;
}

/** How to choose actions. */
export interface ActOptions {
  /** The most probable (best, middle) action instead of one drawn at random. */
  readonly greedy: boolean;
  /** `[count, A]`: 1 for every action that is allowed, as `env.masks`; absent where all are. */
  readonly masks?: Uint8Array | undefined;
  /**
   * `[count]`: 1 where an episode begins with this observation, so that memory is cleared. Only policies
   * with memory look at it; on their first call all episodes begin.
   */
  readonly starts?: Uint8Array | undefined;
}

/** Chooses actions for a fixed number of games. */
export interface Policy {
  /** Games per call. */
  readonly count: number;
  /** Whether it remembers earlier observations of an episode. */
  readonly hasMemory: boolean;
  /**
   * Writes one action per game.
   *
   * @param observations `[count, O]` flattened, as the env wrote them.
   * @param actions `[count]`, or `[count, A]` for vector actions; within the env's bounds.
   */
  act(observations: ObservationArray, actions: ActionArray, options: ActOptions): void;
  /** As `act`; gives what it thought of the observations as it chose, with what it remembers. */
  decide(observations: ObservationArray, actions: ActionArray, options: ActOptions): Assessment;
  /** What the policy thinks of observations `[count, O]`, each seen as the first of an episode. */
  assess(observations: ObservationArray): Assessment;
  /**
   * What each layer of the network gives for the first of `[count, O]` observations; absent where layers
   * cannot be looked at one by one (memory, actor-critics over replay memories).
   */
  layers?(observations: ObservationArray): readonly LayerActivity[];
  /** Frees its tensors. Idempotent. */
  dispose(): void;
}

/** What one layer of a network gives for one observation. */
export interface LayerActivity {
  /** Its name for people, e.g. "hidden 1". */
  readonly name: string;
  /** One number per unit. */
  readonly values: Float32Array;
}

/** What is seen from outside of the games that are trained on, wherever they live. */
export type TrainedGames = Pick<VectorEnv, "count" | "spec" | "maxSteps" | "current" | "dispose">;

/** A training run of one algorithm on one game. */
export interface Trainer {
  /** Env steps done, over all games. */
  readonly steps: number;
  /** The games being trained on; `env.current(i)` shows a game in mid-episode. */
  readonly env: TrainedGames;
  /** What the user should know of how it trains, in sentences; absent where there is nothing. */
  readonly notes?: readonly string[];
  /** Collects experience and learns from it, once. */
  iterate(): IterationMetrics;
  /** A copy of the complete state, taken between iterations. */
  save(): SavedState;
  /**
   * A copy of what the policy is made from, taken between iterations: for `createPolicy` and
   * `createEvaluationEnv`, not for `restore`. Cheap whatever memories the trainer keeps.
   */
  policyState(): SavedState;
  /**
   * Continues from a state that `save` of the same algorithm, game and configuration gave.
   *
   * @throws AgentError FOREIGN_STATE, before anything is changed, where another algorithm saved it or `policyState` gave it
   */
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
  /** Called for every episode that ends, in order of ending; of games on a GPU for those of the first 64 games. */
  readonly onEpisode?: (record: EpisodeRecord) => void;
  /**
   * Called for single episodes that `onEpisode` is not called for, of games on a GPU: every new best of this trainer since
   * it was made or went on from a state, and now and then the worst. They are worth keeping, and no fair sample: means are
   * not to count them.
   */
  readonly onRemarkable?: (record: EpisodeRecord) => void;
  /** Called for every game that failed and lost its episode, where `faults` is "truncate". */
  readonly onFault?: (fault: Fault) => void;
  /** Makes the games' env; games in this thread when absent. */
  readonly createEnv?: EnvFactory;
  /** Whether games may live on the device where it is a GPU (default: where `createEnv` is absent). */
  readonly gpuGames?: boolean;
  /** Makes the encoder of observations; chosen by the configuration when absent. */
  readonly createEncoder?: EncoderFactory;
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
  /** The encoder that the state was trained with, where it was one's own. */
  readonly createEncoder?: EncoderFactory;
}
