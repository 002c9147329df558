/**
 * Collects rollouts of fixed length by epsilon-greedy play, into buffers that the device reads in place.
 *
 * The games are split into groups. While one group's games step on this thread, the recorded network of
 * the next group runs on the device, so neither waits for the other. The recording keeps the prepared
 * observations and the value of the best allowed action; chance decides on the host (epsilon-greedy.ts).
 *
 * All buffers are group-major: `[G, T, n]` flattened, with G groups of n games and T steps.
 * Further legend: O observation size, A actions.
 * Not here: the schedule of epsilon, updates.
 */
import { type Key, type ObservationArray, seedRandom, type VectorEnv } from "@carom/envs";
import {
  capture,
  concat,
  type Device,
  fromShared,
  increment,
  type RandomWords,
  type Recording,
  scope,
  storeRow,
  type Tensor,
  tensor,
  zeros,
} from "@carom/tensor";
import { seconds } from "../clock.js";
import { explore } from "../epsilon-greedy.js";
import { maskLogits } from "../heads/masking.js";
import { lambdaReturns } from "../math/lambda-returns.js";
import type { QNetwork } from "../q-network.js";

/** What a rollout is collected with. */
export interface QRolloutOptions {
  readonly env: VectorEnv;
  readonly network: QNetwork;
  readonly device: Device;
  /** Steps per game and rollout, T. */
  readonly horizon: number;
  /** Bound of the learner's reward, `|r| <= rewardClip`; 0 leaves rewards as they are. */
  readonly rewardClip: number;
  /** Key of the exploration. */
  readonly key: Key;
}

/**
 * What decides how collecting goes on. The host and a GPU draw random actions from generators of different kinds: a state
 * has both, and the one that is not used stays where it was, so that games can change their place and come back.
 */
export interface QRolloutState {
  /** Words of the host's generator. */
  readonly random: Uint32Array;
  /** Words of the generator on a GPU; absent in states from before games could live there. */
  readonly device?: RandomWords;
}

/** Generators of the exploration, as they begin. */
export function firstExploration(key: Key): Required<QRolloutState> {
  const random = new Uint32Array(4);
  seedRandom(random, key.toSeed());
  return { random, device: [...key.words, 0, 0] };
}

/** What a learner reads of a rollout, wherever its games live. Group-major: `[G, T, n]` flattened. */
export interface QRolloutBuffers {
  /** Samples per rollout, G * T * n. */
  readonly size: number;
  /** Prepared observations, `[G * T * n, O]`. */
  readonly observations: Tensor;
  /** int32 `[G * T * n]` */
  readonly actions: Tensor;
  /** Lambda-returns, `[G * T * n]`. */
  readonly returns: Tensor;
  /** Seconds of the last `collect` spent stepping games, and waiting for the network. */
  readonly time: { readonly game: number; readonly policy: number };
  /** Plays `horizon` steps of every game; `epsilon`: probability of an action at random. */
  collect(epsilon: number): void;
  /** A copy of what decides how collecting goes on, for saving. */
  save(): QRolloutState;
  /** Goes on from a saved state. */
  restore(state: QRolloutState): void;
  /** Frees its memory. */
  dispose(): void;
}

/** A time limit hit during the rollout: where, and what the game looked like then. */
interface Truncation {
  readonly at: number;
  readonly observation: ObservationArray;
}

/** The recordings of one group of games. */
interface Group {
  readonly from: number;
  readonly to: number;
  readonly act: Recording<unknown>;
  readonly bootstrap: Recording<unknown>;
}

/** What a group's recordings read and write in place. */
interface GroupInputs {
  readonly observations: Tensor; // [n, O]
  readonly greedy: Tensor; // int32 [n]
  readonly lastValues: Tensor; // [n]
  readonly masks: Tensor | undefined; // uint8 [n, A]
}

/** Rollout buffers and the loop that fills them; lives as long as its trainer. */
export class QRollout implements QRolloutBuffers {
  // What these hold is said in QRolloutBuffers; `estimate` fills the returns.
  readonly groups: number;
  readonly groupSize: number;
  readonly horizon: number;
  readonly size: number;
  readonly observations: Tensor;
  readonly actions: Tensor;
  readonly returns: Tensor;
  /** Host views of the same memory, and what returns are made from. */
  readonly host: {
    readonly actions: Int32Array;
    readonly returns: Float32Array;
    /** max_a Q(s, a). */
    readonly values: Float32Array;
    /** The same of the observation after the last step, `[G, n]`. */
    readonly lastValues: Float32Array;
    readonly rewards: Float32Array;
    readonly terminated: Uint8Array;
    readonly truncated: Uint8Array;
    readonly finalValues: Float32Array;
  };
  readonly time: { game: number; policy: number } = { game: 0, policy: 0 };

  private readonly env: VectorEnv;
  private readonly network: QNetwork;
  private readonly device: Device;
  private readonly rewardClip: number;
  private readonly parts: readonly Group[];
  private readonly owned: Tensor[] = [];
  private readonly random: Uint32Array;
  private deviceWords: RandomWords; // kept for games on a GPU
  /** Best allowed action of every game, `[count]`; the device writes it. */
  private readonly greedy: Int32Array;
  private readonly nextMasks: Uint8Array | undefined; // [count, A]
  private truncations: Truncation[] = [];

  constructor(options: QRolloutOptions) {
    const { env, network, device, horizon, rewardClip, key } = options;
    this.env = env;
    this.network = network;
    this.device = device;
    this.horizon = horizon;
    this.rewardClip = rewardClip > 0 ? rewardClip : Number.POSITIVE_INFINITY;
    this.groups = env.count >= 16 && env.count % 2 === 0 ? 2 : 1;
    this.groupSize = env.count / this.groups;
    this.size = env.count * horizon;
    const { size } = this;
    this.host = {
      actions: sharedInts(size),
      returns: sharedFloats(size),
      values: sharedFloats(size),
      lastValues: sharedFloats(env.count),
      rewards: new Float32Array(size),
      terminated: new Uint8Array(size),
      truncated: new Uint8Array(size),
      finalValues: new Float32Array(size),
    };
    this.greedy = sharedInts(env.count);
    this.nextMasks = env.masks && sharedBytes(env.masks.length).fill(1);
    const { storage: dtype } = network.encoder;
    this.observations = this.own(zeros([size, env.spec.observation.size], { dtype, device }));
    this.actions = this.own(fromShared(this.host.actions, [size], { device }));
    this.returns = this.own(fromShared(this.host.returns, [size], { device }));
    this.parts = Array.from({ length: this.groups }, (_, g) => this.createGroup(g));
    const exploration = firstExploration(key);
    this.random = exploration.random;
    this.deviceWords = exploration.device;
  }

  collect(epsilon: number): void {
    this.time.game = 0;
    this.time.policy = 0;
    this.truncations = [];
    const { parts, horizon } = this;
    const turns = horizon * parts.length;
    this.start(parts[0]);
    for (let turn = 0; turn < turns; turn++) {
      const g = turn % parts.length;
      const began = seconds();
      parts[g].act.wait();
      const acted = seconds();
      const next = turn + 1 < turns ? parts[(g + 1) % parts.length] : undefined;
      // With one group its next observations exist only after the games have stepped.
      if (parts.length > 1) this.start(next);
      this.stepGroup(g, (turn - g) / parts.length, epsilon);
      if (parts.length === 1) this.start(next);
      this.time.policy += acted - began;
      this.time.game += seconds() - acted;
    }
    for (const part of parts) {
      this.showMasks(part);
      part.bootstrap.replay();
    }
    this.evaluateTruncations();
  }

  /** Fills `returns` from the values that the network had while playing. */
  estimate(gamma: number, lambda: number): void {
    const { horizon, groupSize: count, host } = this;
    const block = horizon * count;
    for (let g = 0; g < this.groups; g++) {
      const [from, to] = [g * block, (g + 1) * block];
      const group = {
        horizon,
        count,
        rewards: host.rewards.subarray(from, to),
        values: host.values.subarray(from, to),
        lastValues: host.lastValues.subarray(g * count, (g + 1) * count),
        terminated: host.terminated.subarray(from, to),
        truncated: host.truncated.subarray(from, to),
        finalValues: host.finalValues.subarray(from, to),
      };
      lambdaReturns({ ...group, gamma, lambda }, host.returns.subarray(from, to));
    }
  }

  save(): QRolloutState {
    return { random: this.random.slice(), device: this.deviceWords };
  }

  restore({ random, device = this.deviceWords }: QRolloutState): void {
    this.random.set(random);
    this.deviceWords = device;
  }

  dispose(): void {
    for (const part of this.parts) {
      part.act.dispose();
      part.bootstrap.dispose();
    }
    for (const buffer of this.owned) buffer.dispose();
  }

  private own(buffer: Tensor): Tensor {
    this.owned.push(buffer);
    return buffer;
  }

  /** Lets the network look at what a group's games show now. */
  private start(part: Group | undefined): void {
    if (part === undefined) return;
    this.showMasks(part);
    part.act.start();
  }

  /** Copies a group's masks to where its recordings read them. */
  private showMasks({ from, to }: Group): void {
    const { masks, count } = this.env;
    if (masks === undefined || this.nextMasks === undefined) return;
    const width = masks.length / count;
    this.nextMasks.set(masks.subarray(from * width, to * width), from * width);
  }

  private createGroup(g: number): Group {
    const { groupSize: n, network } = this;
    const inputs = this.groupInputs(g * n);
    const act = this.recordAct(g, inputs);
    const bootstrap = capture(this.device, () => {
      const q = network.forward(network.prepare(inputs.observations)); // [n, A]
      inputs.lastValues.copyFrom(maskLogits(q, inputs.masks?.notEqual(0)).max(1));
    });
    return { from: g * n, to: (g + 1) * n, act, bootstrap };
  }

  private groupInputs(from: number): GroupInputs {
    const { env, network, device, groupSize: n } = this;
    type Shared = Float32Array | Int32Array | Uint8Array;
    const rows = (view: Shared, ...shape: number[]): Tensor => {
      const width = view.length / env.count;
      const part = view.subarray(from * width, (from + n) * width);
      return this.own(fromShared(part, shape, { device }));
    };
    return {
      observations: rows(env.observations, n, env.spec.observation.size),
      greedy: rows(this.greedy, n),
      lastValues: rows(this.host.lastValues, n),
      masks: this.nextMasks && rows(this.nextMasks, n, network.actions),
    };
  }

  /** Records what the network thinks of a group's games, and what is kept of it. */
  private recordAct(g: number, inputs: GroupInputs): Recording<unknown> {
    const { network, device, groupSize: n, horizon, groups } = this;
    const rows = (buffer: Tensor): Tensor =>
      this.own(buffer.reshape([groups, horizon, n, ...buffer.shape.slice(1)]).slice(g));
    const values = this.own(fromShared(this.host.values, [this.size], { device }));
    const store = { observations: rows(this.observations), values: rows(values) };
    const counter = this.own(tensor([0], { dtype: "int32", device }));
    const act = capture(device, () => {
      const prepared = network.prepare(inputs.observations); // [n, O]
      const q = maskLogits(network.forward(prepared), inputs.masks?.notEqual(0)); // [n, A]
      inputs.greedy.copyFrom(q.argmax(1));
      storeRow(store.observations, counter, prepared);
      storeRow(store.values, counter, q.max(1));
      increment(counter);
    });
    counter.write(Int32Array.of(0)); // the recording has run once
    return act;
  }

  /** Explores, steps one group's games and keeps what the learner needs of step `t`. */
  private stepGroup(g: number, t: number, epsilon: number): void {
    const { env, groupSize: n, host, rewardClip, random, network } = this;
    const { from, to } = this.parts[g];
    const choices = network.actions;
    const base = (g * this.horizon + t) * n - from;
    const actions = host.actions.subarray(base + from, base + to);
    actions.set(this.greedy.subarray(from, to));
    const masks = env.masks?.subarray(from * choices, to * choices);
    explore(actions, { epsilon, choices, random, masks });
    env.actions.set(actions, from);
    env.stepRange(from, to);
    for (let game = from; game < to; game++) {
      const at = base + game;
      host.rewards[at] = Math.max(-rewardClip, Math.min(rewardClip, env.rewards[game]));
      host.terminated[at] = env.terminated[game];
      host.truncated[at] = env.truncated[game];
      if (env.truncated[game] !== 0) this.keepTruncation(at, game);
    }
  }

  private keepTruncation(at: number, game: number): void {
    const { size } = this.env.spec.observation;
    const observation = this.env.finalObservations.slice(game * size, (game + 1) * size);
    this.truncations.push({ at, observation });
  }

  /**
   * Values of the final observations of the episodes that a time limit cut, in one batch whose size is
   * another each time, so eagerly. Of all actions: what was allowed there is not known any more.
   */
  private evaluateTruncations(): void {
    const { device, network, truncations, host } = this;
    if (truncations.length === 0) return;
    scope(() => {
      const rows = truncations.map(({ observation }) =>
        tensor(observation, { shape: [1, observation.length], device }),
      );
      const values = network.forward(network.prepare(concat(rows))).max(1); // [K]
      for (const [i, value] of values.toTypedArray().entries()) {
        host.finalValues[truncations[i].at] = value;
      }
    });
  }
}

/** Zeroed floats that the device can read in place. */
function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/** Zeroed integers that the device can read in place. */
function sharedInts(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}

/** Zeroed bytes that the device can read in place. */
function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
