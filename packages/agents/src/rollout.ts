/**
 * Collects fixed-length rollouts from a vector env into buffers that the device reads in place.
 *
 * The games are split into groups. While one group's games step on this thread, the recorded policy
 * of the next group runs on the device, so neither waits for the other. What the policy produces
 * (prepared observations, actions, log-probabilities, values, states of its memory) is stored by the
 * recording itself.
 *
 * All buffers are group-major: `[G, T, n]` flattened, with G groups of n games and T steps.
 * Further legend: O observation size, P policy outputs, S state size of the recurrent core.
 * Not here: advantages, losses, updates.
 */
import type { Key, VectorEnv } from "@carom/envs";
import {
  capture,
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
import type { ActorCritic, Memory } from "./actor-critic.js";
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

/** What decides how collecting goes on. */
export interface RolloutState {
  /** Random words of every group. */
  readonly random: RandomWords[];
  /** State of every game's memory, `[count, S]` flattened; empty without a core. */
  readonly memory: Float32Array;
  /** 1 for every game whose next step begins an episode. */
  readonly starts: Uint8Array;
}

/**
 * What a learner reads of a rollout, wherever its games live. Group-major: `[G, T, n]` flattened, with G groups of n
 * games and T steps.
 */
export interface RolloutBuffers {
  readonly groups: number;
  readonly groupSize: number;
  readonly horizon: number;
  /** Samples per rollout, G * T * n. */
  readonly size: number;
  /** Prepared observations, `[G * T * n, O]`. */
  readonly observations: Tensor;
  readonly actions: Tensor; // [G * T * n] or [G * T * n, A]
  readonly logProbs: Tensor; // [G * T * n]
  readonly values: Tensor; // [G * T * n]
  readonly advantages: Tensor; // [G * T * n]
  readonly returns: Tensor; // [G * T * n]
  /** uint8 `[G * T * n, P]`: 1 where an action was allowed; absent where all always are. */
  readonly masks: Tensor | undefined;
  /** uint8 `[G * T * n]`: 1 where an episode began with this step; filled for policies with memory. */
  readonly starts: Tensor;
  /** State of every game's memory before the first step, `[G * n, S]`; absent without a core. */
  readonly firstMemory: Tensor | undefined;
  /** Seconds of the last `collect` spent stepping games, and waiting for the policy. */
  readonly time: { readonly game: number; readonly policy: number };
  /** Plays `horizon` steps of every game. */
  collect(): void;
  /** A copy of what decides how collecting goes on, for saving. */
  save(): RolloutState;
  /** Goes on from a saved state. */
  restore(state: RolloutState): void;
  /** Frees its memory. */
  dispose(): void;
}

/** A time limit hit during the rollout: where, and what the game looked like then. */
interface Truncation {
  readonly at: number;
  readonly observation: Float32Array | Uint8Array;
  /** State of the game's memory, `[S]`. */
  readonly memory: Float32Array;
}

/** The recordings and inputs of one group of games. */
interface Group {
  readonly from: number;
  readonly to: number;
  readonly random: RandomState;
  readonly act: Recording<unknown>;
  readonly bootstrap: Recording<unknown>;
}

/** What a group's recordings read and write in place. */
interface GroupInputs {
  readonly observations: Tensor; // [n, O]
  readonly actions: Tensor; // [n] or [n, A]
  readonly lastValues: Tensor; // [n]
  readonly masks: Tensor | undefined; // uint8 [n, P]
  readonly starts: Tensor; // uint8 [1, n]
  readonly memory: Tensor | undefined; // [n, S]
}

/** Rollout buffers and the loop that fills them; lives as long as its trainer. */
export class Rollout implements RolloutBuffers {
  // What these hold is said in RolloutBuffers.
  readonly groups: number;
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
  readonly time: { game: number; policy: number } = { game: 0, policy: 0 };

  /** Called after games `from` to `to` have stepped; `row` is the sample of the first of them. */
  onStep: ((from: number, to: number, row: number) => void) | undefined;

  private readonly env: VectorEnv;
  private readonly network: ActorCritic;
  private readonly device: Device;
  private readonly rewardClip: number;
  private readonly parts: Group[];
  private readonly owned: Tensor[] = [];
  /** State of every game's memory, `[count, S]`; the device reads and writes it in place. */
  private readonly memory: Float32Array;
  private readonly nextStarts: Uint8Array; // [count]
  private readonly nextMasks: Uint8Array | undefined; // [count, P]
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
    const { size } = this;
    this.host = {
      values: sharedFloats(size),
      advantages: sharedFloats(size),
      returns: sharedFloats(size),
      lastValues: sharedFloats(env.count),
      rewards: new Float32Array(size),
      terminated: new Uint8Array(size),
      truncated: new Uint8Array(size),
      finalValues: new Float32Array(size),
    };
    this.memory = sharedFloats(env.count * network.stateSize);
    this.nextStarts = sharedBytes(env.count).fill(1);
    this.nextMasks = env.masks && sharedBytes(env.masks.length).fill(1);
    const { head, encoder, stateSize } = network;
    const buffer = (dtype: "float32" | "int32" | "uint8", ...row: number[]): Tensor =>
      this.own(zeros([size, ...row], { dtype, device }));
    this.observations = buffer(encoder.storage, env.spec.observation.size);
    this.actions = buffer(head.dtype, ...head.shape);
    this.logProbs = buffer("float32");
    this.starts = buffer("uint8");
    this.masks = this.nextMasks && buffer("uint8", head.outputs);
    this.firstMemory =
      stateSize > 0 ? this.own(zeros([env.count, stateSize], { device })) : undefined;
    this.values = this.own(fromShared(this.host.values, [size], { device }));
    this.advantages = this.own(fromShared(this.host.advantages, [size], { device }));
    this.returns = this.own(fromShared(this.host.returns, [size], { device }));
    this.parts = Array.from({ length: this.groups }, (_, g) => this.createGroup(g, key));
    this.memory.fill(0); // the recordings have run once
  }

  /** Plays `horizon` steps of every game. */
  collect(): void {
    this.time.game = 0;
    this.time.policy = 0;
    this.truncations = [];
    const { parts, horizon } = this;
    const turns = horizon * parts.length;
    this.firstMemory?.write(this.memory);
    this.start(parts[0]);
    for (let turn = 0; turn < turns; turn++) {
      const g = turn % parts.length;
      const began = seconds();
      parts[g].act.wait();
      const acted = seconds();
      const next = turn + 1 < turns ? parts[(g + 1) % parts.length] : undefined;
      // With one group its next observations exist only after the games have stepped.
      if (parts.length > 1) this.start(next);
      this.stepGroup(g, (turn - g) / parts.length);
      if (parts.length === 1) this.start(next);
      this.time.policy += acted - began;
      this.time.game += seconds() - acted;
    }
    for (const part of parts) part.bootstrap.replay();
    this.evaluateTruncations();
  }

  /** A copy of what decides how collecting goes on, for saving. */
  save(): RolloutState {
    return {
      random: this.parts.map((part) => part.random.toWords()),
      memory: Float32Array.from(this.memory),
      starts: Uint8Array.from(this.nextStarts),
    };
  }

  /** Goes on from a saved state. */
  restore(state: RolloutState): void {
    // A state of games on a GPU has one group.
    const words = state.random.slice(0, this.parts.length);
    for (const [g, own] of words.entries()) this.parts[g].random.restore(own);
    this.memory.set(state.memory);
    this.nextStarts.set(state.starts);
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

  /** Lets a group's policy choose, on what its games show now. */
  private start(part: Group | undefined): void {
    if (part === undefined) return;
    const { masks, count } = this.env;
    if (masks !== undefined && this.nextMasks !== undefined) {
      const width = masks.length / count;
      this.nextMasks.set(masks.subarray(part.from * width, part.to * width), part.from * width);
    }
    part.act.start();
  }

  private createGroup(g: number, key: Key): Group {
    const { groupSize: n } = this;
    const from = g * n;
    const inputs = this.groupInputs(from);
    const { words } = key.child("sample", g);
    const random = new RandomState(words, { device: this.device });
    const act = this.recordAct(g, inputs, random);
    const bootstrap = capture(this.device, () => {
      const prepared = this.network.prepare(inputs.observations); // [n, O]
      inputs.lastValues.copyFrom(this.network.forward(prepared, memoryOf(inputs)).value);
    });
    random.restore([...words, 0, 0]); // the recording has run once
    return { from, to: from + n, random, act, bootstrap };
  }

  private groupInputs(from: number): GroupInputs {
    const { env, network, device, groupSize: n } = this;
    type Shared = Float32Array | Int32Array | Uint8Array;
    const rows = (view: Shared, ...shape: number[]): Tensor => {
      const width = view.length / env.count;
      const part = view.subarray(from * width, (from + n) * width);
      return this.own(fromShared(part, shape, { device }));
    };
    const { head, stateSize } = network;
    return {
      observations: rows(env.observations, n, env.spec.observation.size),
      actions: rows(env.actions, n, ...head.shape),
      lastValues: rows(this.host.lastValues, n),
      masks: this.nextMasks && rows(this.nextMasks, n, head.outputs),
      starts: rows(this.nextStarts, 1, n),
      memory: stateSize > 0 ? rows(this.memory, n, stateSize) : undefined,
    };
  }

  /** Records how a group acts: policy, draw, and what is kept of it. */
  private recordAct(g: number, inputs: GroupInputs, random: RandomState): Recording<unknown> {
    const { network, device, groupSize: n, horizon, groups } = this;
    const rows = (buffer: Tensor): Tensor => {
      const whole = this.own(buffer.reshape([groups, horizon, n, ...buffer.shape.slice(1)]));
      return this.own(whole.slice(g));
    };
    const store = {
      observations: rows(this.observations),
      actions: rows(this.actions),
      logProbs: rows(this.logProbs),
      values: rows(this.values),
      starts: rows(this.starts),
      masks: this.masks && rows(this.masks),
    };
    const counter = this.own(tensor([0], { dtype: "int32", device }));
    const act = capture(device, () => {
      const prepared = network.prepare(inputs.observations); // [n, O]
      const { policy, value, state } = network.forward(prepared, memoryOf(inputs)); // [n, P], [n]
      const mask = inputs.masks?.notEqual(0); // [n, P]
      const { action, played, logProb } = network.head.draw(policy, random, { mask });
      inputs.actions.copyFrom(played);
      storeRow(store.observations, counter, prepared);
      storeRow(store.actions, counter, action);
      storeRow(store.logProbs, counter, logProb);
      storeRow(store.values, counter, value);
      if (store.masks && inputs.masks) storeRow(store.masks, counter, inputs.masks);
      if (inputs.memory !== undefined && state !== undefined) {
        storeRow(store.starts, counter, inputs.starts.reshape([n]));
        inputs.memory.copyFrom(state);
      }
      increment(counter);
    });
    counter.write(Int32Array.of(0)); // the recording has run once
    return act;
  }

  /** Steps one group's games and keeps what the learner needs of step `t`. */
  private stepGroup(g: number, t: number): void {
    const { env, groupSize: n, host, rewardClip } = this;
    const { from, to } = this.parts[g];
    env.stepRange(from, to);
    this.onStep?.(from, to, (g * this.horizon + t) * n);
    const base = (g * this.horizon + t) * n - from;
    for (let game = from; game < to; game++) {
      const at = base + game;
      host.rewards[at] = Math.max(-rewardClip, Math.min(rewardClip, env.rewards[game]));
      host.terminated[at] = env.terminated[game];
      host.truncated[at] = env.truncated[game];
      this.nextStarts[game] = env.terminated[game] | env.truncated[game];
      if (env.truncated[game] !== 0) this.keepTruncation(at, game);
    }
  }

  private keepTruncation(at: number, game: number): void {
    const size = this.env.spec.observation.size;
    const { stateSize } = this.network;
    this.truncations.push({
      at,
      observation: this.env.finalObservations.slice(game * size, (game + 1) * size),
      memory: Float32Array.from(this.memory.subarray(game * stateSize, (game + 1) * stateSize)),
    });
  }

  /** V(final observation) for the episodes that a time limit cut; rare, so done eagerly. */
  private evaluateTruncations(): void {
    const { device, network } = this;
    for (const { at, observation, memory } of this.truncations) {
      this.host.finalValues[at] = scope(() => {
        const input = tensor(observation, { shape: [1, observation.length], device });
        const before: Memory | undefined = network.core && {
          state: tensor(memory, { shape: [1, memory.length], device }),
          reset: zeros([1, 1], { dtype: "bool", device }),
        };
        return network.forward(network.prepare(input), before).value.toTypedArray()[0];
      });
    }
  }
}

/** What a recurrent core reads for one step; undefined without one. */
function memoryOf({ memory, starts }: GroupInputs): Memory | undefined {
  return memory && { state: memory, reset: starts.notEqual(0) };
}

/** Zeroed floats that the device can read in place. */
function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

/** Zeroed bytes that the device can read in place. */
function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
