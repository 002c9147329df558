/**
 * Rollouts by epsilon-greedy play whose games live on the GPU. One recording holds T steps of all games (network, draw,
 * step), the values of what comes after them, and the lambda-returns; a replay of it is a rollout.
 *
 * What a rollout holds is what rollout.ts collects with one group of games, `[T, n]` flattened, but that the device draws
 * the random actions, from a generator of its own.
 * Legend: n games, O observation size, T steps. Not here: the games and what is told of them
 * (gpu-games/rollout-games.ts), the schedule of epsilon, updates.
 */
import type { Key } from "@carom/envs";
import { RandomState, type Recording, scope, type Tensor } from "@carom/tensor";
import { drawEpsilonGreedy } from "../gpu-games/epsilon-greedy.js";
import { RolloutGames, type RolloutGamesOptions } from "../gpu-games/rollout-games.js";
import { maskLogits } from "../heads/masking.js";
import { lambdaReturnsOnDevice } from "../math/on-device.js";
import type { QNetwork } from "../q-network.js";
import { firstExploration, type QRolloutBuffers, type QRolloutState } from "./rollout.js";

/** What a rollout is collected with. */
export interface GpuQRolloutOptions extends Omit<RolloutGamesOptions, "valuesOf" | "memory"> {
  readonly network: QNetwork;
  /** Discount, and mixing of the returns' steps. */
  readonly gamma: number;
  readonly lambda: number;
  /** Key of the exploration. */
  readonly key: Key;
}

/** See the head of the file. */
export class GpuQRollout implements QRolloutBuffers {
  readonly size: number;
  readonly observations: Tensor;
  readonly actions: Tensor;
  readonly returns: Tensor;
  /** The games, and what is kept of their steps. */
  readonly games: RolloutGames;

  private readonly options: GpuQRolloutOptions;
  private readonly values: Tensor; // max_a Q(s, a), [T, n]
  private readonly epsilon: Tensor; // [1]
  private readonly random: RandomState;
  private hostWords: Uint32Array; // kept for games on the processor
  private readonly recording: Recording<unknown>;

  constructor(options: GpuQRolloutOptions) {
    const { env, network, horizon, key } = options;
    this.options = options;
    // Of all actions: what was allowed in a last observation is not known.
    const valuesOf = (observations: Tensor): Tensor => this.bestOf(observations);
    this.games = new RolloutGames({ ...options, valuesOf });
    const { games } = this;
    this.size = games.size;
    const { observation } = env.spec;
    this.observations = games.buffer(network.encoder.storage, this.size, observation.size);
    this.actions = games.buffer("int32", this.size);
    this.returns = games.buffer("float32", this.size);
    this.values = games.buffer("float32", horizon, games.count);
    this.epsilon = games.buffer("float32", 1);
    const exploration = firstExploration(key);
    this.hostWords = exploration.random;
    this.random = RandomState.fromWords(exploration.device, { device: env.device });
    this.recording = games.record(() => this.record());
    this.random.restore(exploration.device); // the recording has run once
  }

  get time(): { readonly game: number; readonly policy: number } {
    return this.games.time;
  }

  /** @throws AgentError FAILED where a game broke: an action that is none, a reward that is no number */
  collect(epsilon: number): void {
    this.epsilon.write(Float32Array.of(epsilon));
    this.games.collect(this.recording);
  }

  /** A copy of what decides how collecting goes on, for saving. */
  save(): QRolloutState {
    return { random: this.hostWords.slice(), device: this.random.toWords() };
  }

  /** Goes on from a saved state. */
  restore({ random, device }: QRolloutState): void {
    this.hostWords = random.slice();
    if (device !== undefined) this.random.restore(device);
  }

  dispose(): void {
    this.recording.dispose();
    this.random.dispose();
    this.games.dispose();
  }

  /** Inside the recording: the rollout, and its returns. */
  private record(): void {
    for (let t = 0; t < this.games.horizon; t++) scope(() => this.recordStep(t));
    scope(() => this.recordReturns());
  }

  /** All games play one decision. */
  private recordStep(t: number): void {
    const { games, epsilon, random, options } = this;
    const { env, network } = options;
    const row = (buffer: Tensor): Tensor => games.grid(buffer).slice(t);
    const prepared = network.prepare(env.rows.observations); // [n, O]
    const q = network.forward(prepared); // [n, A]
    const mask = env.rows.masks?.notEqual(0); // [n, A]
    const action = drawEpsilonGreedy(q, epsilon, random, mask); // [n]
    row(this.observations).copyFrom(prepared);
    row(this.actions).copyFrom(action);
    row(this.values).copyFrom(maskLogits(q, mask).max(1));
    games.step(t, action);
  }

  /** Lambda-returns from the values that the network had while playing. */
  private recordReturns(): void {
    const { games, values, options } = this;
    const { gamma, lambda, env } = options;
    const lastValues = this.bestOf(env.rows.observations, env.rows.masks); // [n]
    const input = { ...games.played(), values, lastValues, gamma, lambda };
    games.grid(this.returns).copyFrom(lambdaReturnsOnDevice(input));
  }

  /** max_a Q(s, a) over the allowed actions, of observations `[n, O]`: `[n]`. */
  private bestOf(observations: Tensor, masks?: Tensor): Tensor {
    const { network } = this.options;
    const q = network.forward(network.prepare(observations)); // [n, A]
    return maskLogits(q, masks?.notEqual(0)).max(1);
  }
}
