/** The memory of games on a GPU. Legend: n games, O numbers of an observation, A of an action. */
import { actionBytes, actionWidth, type GameSpec, type Key } from "@carom/envs";
import { type Device, type DType, keep, type Tensor, tensor, zeros } from "@carom/tensor";
import { SUMMARY, TOTALS } from "./statistics.js";

/** What a step reads and writes, as in VectorEnv. */
export interface GameRows {
  /** float32 `[n, O]`, or `[O, n]` feature-major: what the policy sees next. */
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
  /** uint8 `[maxSteps, n, bytes of an action]`: decisions of the running episodes. */
  readonly log: Tensor | undefined;
  /** int32 `[4, n]`: episodes, lengths, episodeLength and faults, which are views of it. */
  readonly counts: Tensor;
  /** float64 `[8, n]`: returns, seeds and episodeReturn, which are views of it, and totals of ended episodes. */
  readonly numbers: Tensor;
  /** float64 `[6]`: of all games' ended episodes. */
  readonly summary: Tensor;
}

/** How much memory is needed. */
export interface GameTensorsOptions {
  readonly device: Device;
  readonly spec: GameSpec;
  readonly count: number;
  readonly maxSteps: number;
  /** Bytes of a game's state. */
  readonly bytes: number;
  readonly key: Key;
  readonly firstEnv: number;
  readonly isFeatureMajor: boolean;
  readonly hasLegal: boolean;
  readonly hasPictures: boolean;
  readonly hasLog: boolean;
}

/** Tensors of zeros, and the keys. They outlive the scope in which they are made. */
export function createGameTensors(options: GameTensorsOptions): GameTensors {
  const { device, spec, count: n, bytes, isFeatureMajor } = options;
  const make = (dtype: DType, ...shape: number[]): Tensor => keep(zeros(shape, { dtype, device }));
  const { size } = spec.observation;
  const rows = (): Tensor => make("float32", ...(isFeatureMajor ? [size, n] : [n, size]));
  const { actions } = spec;
  const width = actions.kind === "discrete" ? [] : [actionWidth(actions)];
  const counts = make("int32", 4, n);
  const [episodes, lengths, episodeLength, faults] = parts(counts);
  const numbers = make("float64", 3 + TOTALS, n);
  const [returns, seeds, episodeReturn] = parts(numbers);
  const allowed = actions.kind === "discrete" ? actions.names.length : 0;
  return {
    observations: rows(),
    finalObservations: rows(),
    actions: make(actions.kind === "box" ? "float32" : "int32", n, ...width),
    rewards: make("float32", n),
    terminated: make("uint8", n),
    truncated: make("uint8", n),
    masks: options.hasLegal ? make("uint8", n, allowed) : undefined,
    ...{ counts, numbers, episodes, lengths, episodeLength, faults },
    ...{ returns, seeds, episodeReturn },
    state: make("uint8", n * bytes),
    finalState: options.hasPictures ? make("uint8", n * bytes) : undefined,
    keys: keep(tensor(keyWords(options), { shape: [n, 2], device })),
    log: options.hasLog ? make("uint8", options.maxSteps, n, actionBytes(actions)) : undefined,
    summary: make("float64", SUMMARY),
  };
}

/** The rows of a tensor. */
function parts(all: Tensor): Tensor[] {
  return Array.from({ length: all.shape[0] }, (_, i) => keep(all.slice(i)));
}

function keyWords({ key, firstEnv, count }: GameTensorsOptions): Int32Array {
  const words = new Int32Array(2 * count);
  for (let env = 0; env < count; env++) {
    words.set(key.child("env", firstEnv + env).words, 2 * env);
  }
  return words;
}
