/**
 * Collects fixed-length rollouts from a vector env into buffers that the device reads in place.
 *
 * The games are split into groups. While one group's games step on this thread, the recorded policy
 * of the next group runs on the device, so neither waits for the other. What the policy produces
 * (scaled observations, actions, log-probabilities, values) is stored by the recording itself.
 *
 * All buffers are group-major: `[G, T, n]` flattened, with G groups of n games and T steps.
 * Not here: advantages, losses, updates.
 */
import type { Key, VectorEnv } from "@carom/envs";
import {
  capture,
  categoricalSample,
  type Device,
  fromShared,
  increment,
  RandomState,
  type RandomWords,
  type Recording,
  scope,
  storeRow,
  type Tensor,
  tensor,
  zeros,
} from "@carom/tensor";
import type { ActorCritic } from "./actor-critic.js";
import { seconds } from "./clock.js";

/** What a rollout is collected with. */
export interface RolloutOptions {
  readonly env: VectorEnv;
  readonly network: ActorCritic;
  readonly device: Device;
  /** Steps per game and rollout. */
  readonly horizon: number;
  /** Bound of the learner's reward, `|r| <= rewardClip`; 0 leaves rewards as they are. */
  readonly rewardClip: number;
  /** Key of the action sampling. */
  readonly key: Key;
}

/** A time limit hit during the rollout: where, and what the game looked like then. */
interface Truncation {
  readonly at: number;
  readonly observation: Float32Array;
}

/** The recordings and inputs of one group of games. */
interface Group {
  readonly from: number;
  readonly to: number;
  readonly observations: Tensor; // [n, O]
  readonly random: RandomState;
  readonly act: Recording<unknown>;
  readonly bootstrap: Recording<unknown>;
}

/** Rollout buffers and the loop that fills them; lives as long as its trainer. */
export class Rollout {
  readonly groups: number;
  readonly groupSize: number;
  readonly horizon: number;
  /** Samples per rollout, G * T * n. */
  readonly size: number;
  /** Observations divided by their typical magnitude, `[G * T * n, O]`. */
  readonly observations: Tensor;
  readonly actions: Tensor; // [G * T * n] int32
  readonly logProbs: Tensor; // [G * T * n]
  readonly values: Tensor; // [G * T * n]
  readonly advantages: Tensor; // [G * T * n]
  readonly returns: Tensor; // [G * T * n]
  /** Host views of the same memory. */
  readonly host: {
    readonly values: Float32Array;
    readonly advantages: Float32Array;
    readonly returns: Float32Array;
    /** V of the observation after the last step, `[G, n]`. */
    readonly lastValues: Float32Array;
    readonly rewards: Float32Array;
    readonly terminated: Uint8Array;
    readonly truncated: Uint8Array;
    readonly finalValues: Float32Array;
  };
  /** Seconds of the last `collect` spent stepping games, and waiting for the policy. */
  readonly time: { game: number; policy: number } = { game: 0, policy: 0 };

  private readonly env: VectorEnv;
  private readonly network: ActorCritic;
  private readonly device: Device;
  private readonly rewardClip: number;
  private readonly parts: Group[];
  private readonly owned: Tensor[] = [];
  private truncations: Truncation[] = [];

  constructor(options: RolloutOptions) {
    const { env, network, device, horizon, rewardClip, key } = options;
    this.env = env;
    this.network = network;
    this.device = device;
    this.horizon = horizon;
    this.rewardClip = rewardClip > 0 ? rewardClip : Number.POSITIVE_INFINITY;
    this.groups = env.count >= 16 && env.count % 2 === 0 ? 2 : 1;
    this.groupSize = env.count / this.groups;
    this.size = env.count * horizon;
    this.host = {
      values: sharedFloats(this.size),
      advantages: sharedFloats(this.size),
      returns: sharedFloats(this.size),
      lastValues: sharedFloats(env.count),
      rewards: new Float32Array(this.size),
      terminated: new Uint8Array(this.size),
      truncated: new Uint8Array(this.size),
      finalValues: new Float32Array(this.size),
    };
    this.observations = this.own(zeros([this.size, env.spec.observation.size], { device }));
    this.actions = this.own(zeros([this.size], { dtype: "int32", device }));
    this.logProbs = this.own(zeros([this.size], { device }));
    this.values = this.own(fromShared(this.host.values, [this.size], { device }));
    this.advantages = this.own(fromShared(this.host.advantages, [this.size], { device }));
    this.returns = this.own(fromShared(this.host.returns, [this.size], { device }));
    this.parts = Array.from({ length: this.groups }, (_, g) => this.createGroup(g, key));
  }

  /** Plays `horizon` steps of every game. */
  collect(): void {
    this.time.game = 0;
    this.time.policy = 0;
    this.truncations = [];
    const { parts, horizon } = this;
    const turns = horizon * parts.length;
    parts[0].act.start();
    for (let turn = 0; turn < turns; turn++) {
      const g = turn % parts.length;
      const began = seconds();
      parts[g].act.wait();
      const acted = seconds();
      const next = turn + 1 < turns ? parts[(g + 1) % parts.length] : undefined;
      // With one group its next observations exist only after the games have stepped.
      if (parts.length > 1) next?.act.start();
      this.stepGroup(g, (turn - g) / parts.length);
      if (parts.length === 1) next?.act.start();
      this.time.policy += acted - began;
      this.time.game += seconds() - acted;
    }
    for (const part of parts) part.bootstrap.replay();
    this.evaluateTruncations();
  }

  /** Random words of every group, for saving. */
  saveRandom(): RandomWords[] {
    return this.parts.map((part) => part.random.toWords());
  }

  /** Continues the sampling from saved words. */
  restoreRandom(words: readonly RandomWords[]): void {
    for (const [g, part] of this.parts.entries()) part.random.restore(words[g]);
  }

  dispose(): void {
    for (const part of this.parts) {
      part.act.dispose();
      part.bootstrap.dispose();
      part.random.dispose();
    }
    for (const buffer of this.owned) buffer.dispose();
  }

  private own(buffer: Tensor): Tensor {
    this.owned.push(buffer);
    return buffer;
  }

  private createGroup(g: number, key: Key): Group {
    const { env, network, device, groupSize: n, horizon, groups } = this;
    const from = g * n;
    const size = env.spec.observation.size;
    const rows = <T extends Tensor>(buffer: T, ...rest: number[]): Tensor =>
      this.own(buffer.reshape([groups, horizon, n, ...rest]).slice(g));
    const observations = this.own(
      fromShared(env.observations.subarray(from * size, (from + n) * size), [n, size], { device }),
    );
    const actions = this.own(fromShared(env.actions.subarray(from, from + n), [n], { device }));
    const lastValues = this.own(
      fromShared(this.host.lastValues.subarray(from, from + n), [n], { device }),
    );
    const store = {
      observations: rows(this.observations, size),
      actions: rows(this.actions),
      logProbs: rows(this.logProbs),
      values: rows(this.values),
    };
    const counter = this.own(tensor([0], { dtype: "int32", device }));
    const { words } = key.child("sample", g);
    const random = new RandomState(words, { device });
    const act = capture(device, () => {
      const scaled = network.scale(observations); // [n, O]
      const { logits, value } = network.forward(scaled); // [n, A], [n]
      const { action, logProb } = categoricalSample(logits, random); // [n], [n]
      actions.copyFrom(action);
      storeRow(store.observations, counter, scaled);
      storeRow(store.actions, counter, action);
      storeRow(store.logProbs, counter, logProb);
      storeRow(store.values, counter, value);
      increment(counter);
    });
    const bootstrap = capture(device, () => {
      lastValues.copyFrom(network.forward(network.scale(observations)).value);
    });
    counter.write(Int32Array.of(0)); // the recordings above ran once
    random.restore([...words, 0, 0]);
    return { from, to: from + n, observations, random, act, bootstrap };
  }

  /** Steps one group's games and keeps what the learner needs of step `t`. */
  private stepGroup(g: number, t: number): void {
    const { env, groupSize: n, host, rewardClip } = this;
    const { from, to } = this.parts[g];
    env.stepRange(from, to);
    const base = (g * this.horizon + t) * n - from;
    for (let game = from; game < to; game++) {
      const at = base + game;
      host.rewards[at] = Math.max(-rewardClip, Math.min(rewardClip, env.rewards[game]));
      host.terminated[at] = env.terminated[game];
      host.truncated[at] = env.truncated[game];
      if (env.truncated[game] !== 0) this.keepTruncation(at, game);
    }
  }

  private keepTruncation(at: number, game: number): void {
    const size = this.env.spec.observation.size;
    const row = this.env.finalObservations.subarray(game * size, (game + 1) * size);
    this.truncations.push({ at, observation: Float32Array.from(row) });
  }

  /** V(final observation) for the episodes that a time limit cut; rare, so done eagerly. */
  private evaluateTruncations(): void {
    for (const { at, observation } of this.truncations) {
      this.host.finalValues[at] = scope(() => {
        const input = tensor(observation, { shape: [1, observation.length], device: this.device });
        return this.network.forward(this.network.scale(input)).value.toTypedArray()[0];
      });
    }
  }
}

/** Zeroed floats that the device can read in place. */
function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}
