/**
 * Rollouts whose games live on the GPU. One recording holds T steps of all games (policy, draw, step), the values of
 * what comes after them, and the advantages; a replay of it is a rollout, and TypeScript does nothing per step.
 * What leaves the GPU is one small copy per rollout: how the first few games went (episode-logs.ts), and sums over all.
 *
 * The buffers are those of rollout.ts with one group of games, `[T, n]` flattened. A time limit bootstraps from the
 * value of the last observation. Where it is no shorter than a rollout a game is cut once at most, so that one row per
 * game is kept and valued at the end; else last observations are valued at every step.
 * Legend: n games, W of them watched, O observation size, T steps. Not here: losses, updates.
 */
import {
  actionBytes,
  type EpisodeRecord,
  type Key,
  type TypedArray,
  type VectorEnvState,
} from "@carom/envs";
import {
  capture,
  type Device,
  type DType,
  maximum,
  minimum,
  RandomState,
  type Recording,
  scope,
  type Tensor,
  where,
  zeros,
} from "@carom/tensor";
import type { ActorCritic } from "../actor-critic.js";
import { seconds } from "../clock.js";
import { AgentError } from "../errors.js";
import { gaeOnDevice } from "../math/on-device.js";
import type { RolloutBuffers, RolloutState } from "../rollout.js";
import type { GpuEnv } from "./env.js";
import { EpisodeLogs } from "./episode-logs.js";

/** Most games of which episodes are told. */
const MOST_WATCHED = 64;

/** What a rollout is collected with. */
export interface GpuRolloutOptions {
  /** Games, and what stands around them; none of it changes what is decided. */
  readonly env: GpuEnv;
  readonly network: ActorCritic;
  /** Steps per game and rollout, T. */
  readonly horizon: number;
  /** Bound of the learner's reward; 0 leaves rewards as they are. */
  readonly rewardClip: number;
  /** Discount, and mixing of the advantages' steps. */
  readonly gamma: number;
  readonly lambda: number;
  /** Key of the action sampling. */
  readonly key: Key;
  /** Called for every episode of a watched game that ended, after the rollout. */
  readonly onEpisode: (record: EpisodeRecord) => void;
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
  readonly firstMemory = undefined;
  readonly time: { game: number; policy: number } = { game: 0, policy: 0 };
  /** Episodes that ended in the last rollout, of all games. */
  episodes = 0;

  private readonly options: GpuRolloutOptions;
  private readonly device: Device;
  private readonly owned: Tensor[] = [];
  private readonly rewards: Tensor; // as the learner sees them, [T, n]
  private readonly rawRewards: Tensor; // [T, W]
  private readonly terminated: Tensor; // uint8 [T, n]
  private readonly truncated: Tensor; // uint8 [T, n]
  private readonly episodeReturns: Tensor; // float64 [T, W]
  private readonly lastOfCut: Tensor; // as the env shows it
  private readonly cutValues: Tensor | undefined; // [T, n]; for short time limits
  private readonly explained: Tensor; // [1]
  private readonly random: RandomState;
  private readonly logs: EpisodeLogs;
  private readonly recording: Recording<unknown>;

  constructor(options: GpuRolloutOptions) {
    const { env, network, horizon, key } = options;
    const { device, count: n, spec, maxSteps, rows } = env;
    this.options = options;
    this.device = device;
    this.groupSize = n;
    this.horizon = horizon;
    this.size = n * horizon;
    const watched = Math.min(n, MOST_WATCHED);
    const { head, encoder } = network;
    this.observations = this.buffer(encoder.storage, this.size, spec.observation.size);
    this.actions = this.buffer(head.dtype, this.size, ...head.shape);
    this.masks = rows.masks && this.buffer("uint8", this.size, head.outputs);
    const floats = (): Tensor => this.buffer("float32", this.size);
    this.logProbs = floats();
    this.values = floats();
    this.advantages = floats();
    this.returns = floats();
    this.starts = this.buffer("uint8", this.size);
    this.rewards = this.buffer("float32", horizon, n);
    this.rawRewards = this.buffer("float32", horizon, watched);
    this.terminated = this.buffer("uint8", horizon, n);
    this.truncated = this.buffer("uint8", horizon, n);
    this.episodeReturns = this.buffer("float64", horizon, watched);
    const { finalObservations } = rows;
    this.lastOfCut = this.buffer(finalObservations.dtype, ...finalObservations.shape);
    this.cutValues = maxSteps < horizon ? this.buffer("float32", horizon, n) : undefined;
    this.explained = this.buffer("float32", 1);
    const { words } = key.child("sample", 0);
    this.random = new RandomState(words, { device });
    this.logs = new EpisodeLogs(spec, env.core.key, watched);
    env.reset();
    const untouched = env.depth > 0 ? env.save() : undefined; // wrappers have running statistics
    this.recording = capture(device, () => this.record());
    // The recording has run once: take that back.
    this.random.restore([...words, 0, 0]);
    env.statistics(true);
    if (untouched) env.restore(untouched);
  }

  /** Starts all games anew. */
  reset(): void {
    this.options.env.reset();
    this.logs.reset();
  }

  /** The episode that a watched game plays; of the others only the number is known to the GPU. */
  current(env: number): ReturnType<EpisodeLogs["current"]> {
    if (env < this.logs.count) return this.logs.current(env);
    throw new AgentError(
      "OUT_OF_RANGE",
      `games on a GPU: only the first ${this.logs.count} are watched (got ${env})`,
    );
  }

  /** @throws AgentError FAILED where a game broke: an action that is none, a reward that is no number */
  collect(): void {
    const began = seconds();
    this.recording.replay();
    const watched = this.readWatched(); // waits for the GPU
    const { episodes, faults } = this.options.env.statistics(true);
    if (faults > 0) this.fail();
    this.episodes = episodes;
    this.time.policy = 0;
    this.time.game = seconds() - began;
    for (const record of this.logs.take(watched)) this.options.onEpisode(record);
  }

  /** How much of the returns' variance the values explained, 1 - Var[R - V] / Var[R]; NaN where returns are equal. */
  explainedVariance(): number {
    return this.explained.toTypedArray()[0];
  }

  save(): RolloutState {
    const starts = new Uint8Array(this.groupSize);
    const { terminated, truncated } = this.options.env.rows;
    const [ended, cut] = [terminated.toTypedArray(), truncated.toTypedArray()];
    for (let i = 0; i < starts.length; i++) starts[i] = Number(ended[i] | cut[i]);
    return { random: [this.random.toWords()], memory: new Float32Array(0), starts };
  }

  restore({ random }: RolloutState): void {
    this.random.restore(random[0]);
  }

  /** The games' state, as VectorEnv.save. */
  saveGames(): VectorEnvState {
    return this.options.env.save();
  }

  /** Goes on from a saved state of games, on a GPU or a processor. */
  restoreGames(state: VectorEnvState): void {
    const { env } = this.options;
    env.restore(state);
    const { lengths, episodes, returns, log } = state.arrays;
    const bytes = actionBytes(env.spec.actions);
    let at = 0;
    for (let env = 0; env < this.logs.count; env++) {
      const end = at + lengths[env] * bytes;
      const actions = end <= log.length ? part(log, at, end) : undefined;
      this.logs.restore(env, episodes[env], actions, returns[env]);
      at = end;
    }
  }

  dispose(): void {
    this.recording.dispose();
    this.random.dispose();
    for (const buffer of this.owned) buffer.dispose();
    this.options.env.dispose();
  }

  private fail(): never {
    const [{ env, text }] = this.options.env.takeFaults();
    throw new AgentError("FAILED", `games on a GPU: game ${env}: ${text}`);
  }

  private buffer(dtype: DType, ...shape: number[]): Tensor {
    const buffer = zeros(shape, { dtype, device: this.device });
    this.owned.push(buffer);
    return buffer;
  }

  /** Inside the recording: the rollout, and all that is made of it. */
  private record(): void {
    const { env } = this.options;
    this.lastOfCut.fill(0);
    for (let t = 0; t < this.horizon; t++) scope(() => this.recordStep(t));
    scope(() => {
      const { horizon, groupSize: n } = this;
      const cut =
        this.cutValues ?? this.valueOf(this.lastOfCut).reshape([1, n]).expand([horizon, n]);
      this.recordAdvantages(this.valueOf(env.rows.observations), cut);
    });
    env.summarise();
  }

  /** V of observations `[n, O]`: `[n]`. */
  private valueOf(observations: Tensor): Tensor {
    const { network } = this.options;
    return network.forward(network.prepare(observations)).value;
  }

  /** All games play one decision of the policy. */
  private recordStep(t: number): void {
    const { env, network } = this.options;
    const { rows, core } = env;
    const row = (buffer: Tensor): Tensor => this.grid(buffer).slice(t);
    if (this.masks && rows.masks) row(this.masks).copyFrom(rows.masks);
    const prepared = network.prepare(rows.observations); // [n, O]
    const { policy, value } = network.forward(prepared); // [n, P], [n]
    const mask = rows.masks?.notEqual(0); // [n, P]
    const { action, played, logProb } = network.head.draw(policy, this.random, { mask });
    row(this.observations).copyFrom(prepared);
    row(this.actions).copyFrom(action);
    row(this.logProbs).copyFrom(logProb);
    row(this.values).copyFrom(value);
    rows.actions.copyFrom(played);
    env.step();
    row(this.rewards).copyFrom(rows.rewards);
    row(this.terminated).copyFrom(rows.terminated);
    row(this.truncated).copyFrom(rows.truncated);
    const watched = [0, this.logs.count] as const;
    this.rawRewards.slice(t).copyFrom(core.rows.rewards.slice(watched));
    this.episodeReturns.slice(t).copyFrom(core.tensors.episodeReturn.slice(watched));
    if (this.cutValues !== undefined) {
      this.cutValues.slice(t).copyFrom(this.valueOf(rows.finalObservations));
      return;
    }
    const cut = rows.truncated.notEqual(0).reshape([-1, 1]); // [n, 1]
    this.lastOfCut.copyFrom(where(cut, rows.finalObservations, this.lastOfCut));
  }

  /** Advantages, returns, and how good the values were. */
  private recordAdvantages(lastValues: Tensor, cutValues: Tensor): void {
    const { gamma, lambda } = this.options;
    const values = this.grid(this.values); // [T, n]
    const { advantages, returns } = gaeOnDevice({
      rewards: this.learnerRewards(),
      values,
      lastValues,
      terminated: this.terminated,
      truncated: this.truncated,
      finalValues: cutValues,
      gamma,
      lambda,
    });
    this.grid(this.advantages).copyFrom(advantages);
    this.grid(this.returns).copyFrom(returns);
    const left = advantages.variance(); // of returns - values
    this.explained.copyFrom(left.div(returns.variance()).mul(-1).add(1).reshape([1]));
  }

  private learnerRewards(): Tensor {
    const { rewardClip } = this.options;
    if (rewardClip === 0) return this.rewards;
    return maximum(minimum(this.rewards, rewardClip), -rewardClip);
  }

  /** A buffer as `[T, n, ...]`. */
  private grid(buffer: Tensor): Tensor {
    const { horizon, groupSize: n } = this;
    return buffer.reshape([
      horizon,
      n,
      ...buffer.shape.slice(buffer.shape[0] === this.size ? 1 : 2),
    ]);
  }

  private readWatched(): Parameters<EpisodeLogs["take"]>[0] {
    return scope(() => {
      const { count } = this.logs;
      const read = (buffer: Tensor): TypedArray =>
        this.grid(buffer).slice(null, [0, count]).contiguous().toTypedArray();
      return {
        steps: this.horizon,
        actions: read(this.actions) as Int32Array | Float32Array,
        rewards: this.rawRewards.toTypedArray() as Float32Array,
        terminated: read(this.terminated) as Uint8Array,
        truncated: read(this.truncated) as Uint8Array,
        returns: this.episodeReturns.toTypedArray() as Float64Array,
      };
    });
  }
}

function part(values: TypedArray, from: number, to: number): Uint8Array {
  return Uint8Array.from(values.subarray(from, to));
}
