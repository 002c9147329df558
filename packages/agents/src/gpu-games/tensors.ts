/** The memory of games on a GPU. Legend: n games, O numbers of an observation, A of an action. */
import { actionWidth, type GameSpec, type Key } from "@carom/envs";
import { type Device, type DType, keep, type Tensor, tensor, zeros } from "@carom/tensor";
import { SUMMARY, TOTALS } from "./statistics.js";

/** What a step reads and writes, as in VectorEnv. */
export interface GameRows {
  /** float32 `[n, O]`, or `[O, n]` feature-major: what the policy sees next; uint8 for pictures. */
  readonly observations: Tensor;
  /** The same: the last observation of an episode; valid where it has just ended. */
  readonly finalObservations: Tensor;
  /** int32 `[n]` for discrete actions, `[n, A]` for several choices or switches, float32 `[n, A]` for a box. */
  readonly actions: Tensor;
  /** float32 `[n]`. */
  readonly rewards: Tensor;
  /** uint8 `[n]`: 1 where the rules ended the episode. */
  readonly terminated: Tensor;
  /** uint8 `[n]`: 1 where the time limit cut it, and the rules did not end it. */
  readonly truncated: Tensor;
  /** uint8 `[n, A]`: 1 for every action that is allowed next; absent where all always are. */
  readonly masks: Tensor | undefined;
}

/** The names of GameRows. */
export const ROWS = [
  "observations",
  "finalObservations",
  "actions",
  "rewards",
  "terminated",
  "truncated",
  "masks",
] as const;

/** What one step reads and writes. */
export interface StepRows extends Partial<GameRows> {
  /** uint8 `[n]`: 1 for games that do not play; for wrappers that take several steps. */
  readonly skip?: Tensor;
  /** false: pictures may stay as they are (default true). */
  readonly isShown?: boolean;
  /** Number of the step, for the ends that the games' log keeps (default 0). */
  readonly time?: number;
}

/** All tensors of `n` games. */
export interface GameTensors extends GameRows {
  /** float64 `[n]`: return of the episode that has just ended, where one has. */
  readonly episodeReturn: Tensor;
  /** int32 `[n]`: its length in the game's decisions. */
  readonly episodeLength: Tensor;
  /** uint8 `[n * bytes]`: see `Layout` of @carom/compiler. */
  readonly state: Tensor;
  /** The same of games whose episode has just ended, at its end; where pictures are wanted. */
  readonly finalState: Tensor | undefined;
  /** int32 `[n, 2]`: words of the games' keys. */
  readonly keys: Tensor;
  /** int32 `[n]`: number of the running episode. */
  readonly episodes: Tensor;
  /** int32 `[n]`: its decisions so far. */
  readonly lengths: Tensor;
  /** float64 `[n]`: its raw rewards so far. */
  readonly returns: Tensor;
  /** float64 `[n]`: its seed. */
  readonly seeds: Tensor;
  /** int32 `[n]`: first fault of each game. */
  readonly faults: Tensor;
  /** int32 `[n]`: place of the next decision in the log. */
  readonly places: Tensor;
  /** int32 `[n]`: ends since this was last set to 0. */
  readonly ends: Tensor;
  /** int32 `[6, n]`: episodes, lengths, episodeLength, faults, places and ends, which are views of it. */
  readonly counts: Tensor;
  /** float64 `[14, n]`: returns, seeds and episodeReturn, which are views of it, and totals of ended episodes. */
  readonly numbers: Tensor;
  /** float64 `[14]`: of all games' ended episodes. */
  readonly summary: Tensor;
  /** int32 `[n]`: lives that are left; where somebody asks for them. */
  readonly lives: Tensor | undefined;
  /** uint8 `[n]`: the learner's player, 0 or 1; where an opponent plays the other side. */
  readonly sides: Tensor | undefined;
  /** int32 `[n, 4]`: what the opponent draws from. */
  readonly chance: Tensor | undefined;
  /** float64 `[2, n]`: the learner's return so far, and what it is owed for the opponent's first moves. */
  readonly scores: Tensor | undefined;
}

/** How much memory is needed. */
export interface GameTensorsOptions {
  readonly device: Device;
  readonly spec: GameSpec;
  readonly count: number;
  /** Bytes of a game's state. */
  readonly bytes: number;
  readonly key: Key;
  readonly firstEnv: number;
  readonly isFeatureMajor: boolean;
  readonly hasLegal: boolean;
  readonly hasPictures: boolean;
  readonly hasOpponent: boolean;
  readonly hasLives: boolean;
}

/** Tensors of zeros, and the keys. They outlive the scope in which they are made. */
export function createGameTensors(options: GameTensorsOptions): GameTensors {
  const { device, spec, count: n, bytes, isFeatureMajor } = options;
  const make = (dtype: DType, ...shape: number[]): Tensor => keep(zeros(shape, { dtype, device }));
  const { size } = spec.observation;
  const dtype = spec.observation.dtype ?? "float32";
  const rows = (): Tensor => make(dtype, ...(isFeatureMajor ? [size, n] : [n, size]));
  const { actions } = spec;
  const width = actions.kind === "discrete" ? [] : [actionWidth(actions)];
  const counts = make("int32", 6, n);
  const [episodes, lengths, episodeLength, faults, places, ends] = parts(counts, 6);
  const numbers = make("float64", 3 + TOTALS, n);
  const [returns, seeds, episodeReturn] = parts(numbers, 3);
  const allowed = actions.kind === "discrete" ? actions.names.length : 0;
  return {
    observations: rows(),
    finalObservations: rows(),
    actions: make(actions.kind === "box" ? "float32" : "int32", n, ...width),
    rewards: make("float32", n),
    terminated: make("uint8", n),
    truncated: make("uint8", n),
    masks: options.hasLegal ? make("uint8", n, allowed) : undefined,
    ...{ counts, numbers, episodes, lengths, episodeLength, faults, places, ends },
    ...{ returns, seeds, episodeReturn },
    state: make("uint8", n * bytes),
    finalState: options.hasPictures ? make("uint8", n * bytes) : undefined,
    keys: keep(tensor(keyWords(options), { shape: [n, 2], device })),
    summary: make("float64", SUMMARY),
    lives: options.hasLives ? make("int32", n) : undefined,
    sides: options.hasOpponent ? make("uint8", n) : undefined,
    chance: options.hasOpponent ? make("int32", n, 4) : undefined,
    scores: options.hasOpponent ? make("float64", 2, n) : undefined,
  };
}

/** The first rows of a tensor. */
function parts(all: Tensor, length: number): Tensor[] {
  return Array.from({ length }, (_, i) => keep(all.slice(i)));
}

function keyWords({ key, firstEnv, count }: GameTensorsOptions): Int32Array {
  const words = new Int32Array(2 * count);
  for (let env = 0; env < count; env++) {
    words.set(key.child("env", firstEnv + env).words, 2 * env);
  }
  return words;
}
