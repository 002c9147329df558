/**
 * Rollouts of a policy whose games live on the GPU. One recording holds T steps of all games (policy, draw, step), the
 * values of what comes after them, and the advantages; a replay of it is a rollout, and TypeScript does nothing per step.
 *
 * The buffers are those of rollout.ts with one group of games, `[T, n]` flattened.
 * Legend: n games, O observation size, P policy outputs, T steps. Not here: the games and what is told of them
 * (rollout-games.ts), losses, updates.
 */
import type { Key } from "@carom/envs";
import { RandomState, type Recording, scope, type Tensor } from "@carom/tensor";
import type { ActorCritic, Memory } from "../actor-critic.js";
import { type GaeTensors, gaeOnDevice } from "../math/on-device.js";
import type { RolloutBuffers, RolloutState } from "../rollout.js";
import { type PlayedSteps, RolloutGames, type RolloutGamesOptions } from "./rollout-games.js";
import { RolloutMemory } from "./rollout-memory.js";

/** What an estimate of advantages and returns is made from, `[T, n]` each. */
export interface PlayedRollout extends PlayedSteps {
  /** V(s_t) of the network that played. */
  readonly values: Tensor;
  /** What the games show after the last step, `[n, O]`. */
  readonly nextObservations: Tensor;
}

/** Advantages and returns of what was played; recorded, after the rollout's steps. */
export type RolloutEstimator = (rollout: GpuRollout, played: PlayedRollout) => GaeTensors;

/** What a rollout is collected with. */
export interface GpuRolloutOptions extends Omit<RolloutGamesOptions, "valuesOf" | "memory"> {
  readonly network: ActorCritic;
  readonly estimate: RolloutEstimator;
  /** Key of the action sampling. */
  readonly key: Key;
}

/** See the head of the file. */
export class GpuRollout implements RolloutBuffers {
  readonly groups = 1;
  readonly groupSize: number;
  readonly horizon: number;
  readonly size: number;
  readonly observations: Tensor;
  readonly actions: Tensor;
  readonly logProbs: Tensor;
  readonly values: Tensor;
  readonly advantages: Tensor;
  readonly returns: Tensor;
  readonly masks: Tensor | undefined;
  readonly starts: Tensor;
  readonly firstMemory: Tensor | undefined;
  /** What the policy remembers; undefined for one without a core. */
  readonly memory: RolloutMemory | undefined;
  /** The games, and what is kept of their steps. */
  readonly games: RolloutGames;

  private readonly options: GpuRolloutOptions;
  private readonly explained: Tensor; // [1]
  private readonly random: RandomState;
  private readonly recording: Recording<unknown>;

  constructor(options: GpuRolloutOptions) {
    const { env, network, key } = options;
    const { device, spec, rows } = env;
    this.options = options;
    const { stateSize } = network;
    this.memory = stateSize > 0 ? new RolloutMemory(env.count, stateSize, device) : undefined;
    this.firstMemory = this.memory?.first;
    const valuesOf = (observations: Tensor, memory?: Memory): Tensor =>
      network.forward(network.prepare(observations), memory).value;
    this.games = new RolloutGames({ ...options, memory: this.memory, valuesOf });
    const { games } = this;
    this.groupSize = games.count;
    this.horizon = games.horizon;
    this.size = games.size;
    const { head, encoder } = network;
    this.observations = games.buffer(encoder.storage, this.size, spec.observation.size);
    this.actions = games.buffer(head.dtype, this.size, ...head.shape);
    this.masks = rows.masks && games.buffer("uint8", this.size, head.outputs);
    const floats = (): Tensor => games.buffer("float32", this.size);
    this.logProbs = floats();
    this.values = floats();
    this.advantages = floats();
    this.returns = floats();
    this.starts = games.buffer("uint8", this.size);
    this.explained = games.buffer("float32", 1);
    const { words } = key.child("sample", 0);
    this.random = new RandomState(words, { device });
    this.recording = games.record(() => this.record());
    // The recording has run once: take that back.
    this.random.restore([...words, 0, 0]);
    this.memory?.reset();
  }

  get time(): { readonly game: number; readonly policy: number } {
    return this.games.time;
  }

  /** @throws AgentError FAILED where a game broke: an action that is none, a reward that is no number */
  collect(): void {
    this.games.collect(this.recording);
  }

  /** How much of the returns' variance the values explained, 1 - Var[R - V] / Var[R]; NaN where returns are equal. */
  explainedVariance(): number {
    return this.explained.toTypedArray()[0];
  }

  save(): RolloutState {
    const random = [this.random.toWords()];
    if (this.memory) return { random, ...this.memory.save() };
    return { random, memory: new Float32Array(0), starts: this.games.starts() };
  }

  restore(state: RolloutState): void {
    this.random.restore(state.random[0]);
    this.memory?.restore(state);
  }

  dispose(): void {
    this.recording.dispose();
    this.random.dispose();
    this.memory?.dispose();
    this.games.dispose();
  }

  /** Inside the recording: the rollout, and all that is made of it. */
  private record(): void {
    this.memory?.begin();
    for (let t = 0; t < this.horizon; t++) scope(() => this.recordStep(t));
    scope(() => this.recordEstimate());
  }

  /** All games play one decision of the policy. */
  private recordStep(t: number): void {
    const { games, memory } = this;
    const { env, network } = this.options;
    const { rows } = env;
    const row = (buffer: Tensor): Tensor => games.grid(buffer).slice(t);
    if (this.masks && rows.masks) row(this.masks).copyFrom(rows.masks);
    const prepared = network.prepare(rows.observations); // [n, O]
    const { policy, value, state } = network.forward(prepared, memory?.now()); // [n, P], [n]
    const mask = rows.masks?.notEqual(0); // [n, P]
    const { action, played, logProb } = network.head.draw(policy, this.random, { mask });
    row(this.observations).copyFrom(prepared);
    row(this.actions).copyFrom(action);
    row(this.logProbs).copyFrom(logProb);
    row(this.values).copyFrom(value);
    if (memory && state) {
      row(this.starts).copyFrom(memory.starts);
      memory.remember(state);
    }
    games.step(t, played);
  }

  /** Advantages, returns, and how good the values were. */
  private recordEstimate(): void {
    const { games, options } = this;
    const { advantages, returns } = options.estimate(this, {
      ...games.played(),
      values: games.grid(this.values), // [T, n]
      nextObservations: options.env.rows.observations,
    });
    games.grid(this.advantages).copyFrom(advantages);
    games.grid(this.returns).copyFrom(returns);
    const left = this.returns.sub(this.values).variance();
    this.explained.copyFrom(left.div(returns.variance()).mul(-1).add(1).reshape([1]));
  }
}

/** Generalised advantages by the values of the network that played. */
export function gaeEstimator(
  network: ActorCritic,
  { gamma, lambda }: { readonly gamma: number; readonly lambda: number },
): RolloutEstimator {
  return ({ memory }, { nextObservations, ...played }) => {
    const next = network.prepare(nextObservations);
    const lastValues = network.forward(next, memory?.now()).value; // [n]
    return gaeOnDevice({ ...played, lastValues, gamma, lambda });
  };
}
