/**
 * The games of a rollout on the GPU, whatever plays and learns from them: a step of all games inside of a recording, what
 * is kept of it, and what is told of the episodes. What leaves the GPU are a few small copies per rollout: how the first
 * games went (episode-logs.ts), and sums over all.
 *
 * A time limit bootstraps from the value of the last observation. Where it is no shorter than a rollout a game is cut once
 * at most, so that one row per game is kept and valued at the end; else last observations are valued at every step.
 * Legend: n games, W of them watched, O observation size, T steps. Not here: how actions are chosen, estimates of returns.
 */
import type { EpisodeRecord, SavedStatistics, VectorEnvState } from "@carom/envs";
import {
  capture,
  type DType,
  maximum,
  minimum,
  type Recording,
  type Tensor,
  where,
  zeros,
} from "@carom/tensor";
import type { Memory } from "../actor-critic.js";
import type { TrainedGames } from "../agent.js";
import { seconds } from "../clock.js";
import { AgentError } from "../errors.js";
import type { CollectedGames } from "../games.js";
import type { RolloutTensors } from "../math/on-device.js";
import type { GpuEnv } from "./env.js";
import { EpisodeLogs } from "./episode-logs.js";
import type { GpuGames } from "./gpu-games.js";
import { Remarkable } from "./remarkable.js";
import type { RolloutMemory } from "./rollout-memory.js";

/** Most games of which episodes are told. */
const MOST_WATCHED = 64;

/** Fewer games than these leave most of a GPU idle. */
const FEW = 1024;

/** What the games of a rollout are. */
export interface RolloutGamesOptions {
  /** Games, and what stands around them. Freed with the rollout's. */
  readonly env: GpuEnv;
  /** Steps per game and rollout, T. */
  readonly horizon: number;
  /** Bound of the learner's reward; 0 leaves rewards as they are. */
  readonly rewardClip: number;
  /** Called for every episode of a watched game that ended, after the rollout. */
  readonly onEpisode: (record: EpisodeRecord) => void;
  /** Called for the best and now and then the worst of the other games' episodes; absent: for none. */
  readonly onRemarkable?: ((record: EpisodeRecord) => void) | undefined;
  /** What the policy remembers, which `play` updates; absent for policies without memory. */
  readonly memory?: RolloutMemory | undefined;
  /** V of last observations as the env shows them, `[n, O]`, with that memory: `[n]`. Recorded. */
  readonly valuesOf: (observations: Tensor, memory?: Memory) => Tensor;
}

/** What a rollout tells an estimate of returns, beside the values. */
export type PlayedSteps = Pick<
  RolloutTensors,
  "rewards" | "terminated" | "truncated" | "finalValues"
>;

/** See the head of the file. */
export class RolloutGames implements CollectedGames {
  /** Number of games, n. */
  readonly count: number;
  readonly horizon: number;
  /** Steps of all games in a rollout, T * n. */
  readonly size: number;
  /** What the trainer shows of them. */
  readonly env: TrainedGames;
  readonly notes: readonly string[];
  /** Seconds of the last `collect`; the policy is a part of the same recording. */
  readonly time: { game: number; readonly policy: number } = { game: 0, policy: 0 };

  private readonly options: RolloutGamesOptions;
  private readonly owned: Tensor[] = [];
  private readonly rewards: Tensor; // as the env gives them, [T, n]
  private readonly terminated: Tensor; // uint8 [T, n]
  private readonly truncated: Tensor; // uint8 [T, n]
  private readonly lastOfCut: Tensor; // as the env shows it
  private readonly cutValues: Tensor | undefined; // [T, n]; for short time limits
  private readonly logs: EpisodeLogs;
  private readonly remarkable: Remarkable;
  private episodes = 0;

  constructor(options: RolloutGamesOptions) {
    const { env, horizon } = options;
    const { count: n, spec, maxSteps, rows } = env;
    this.options = options;
    this.count = n;
    this.horizon = horizon;
    this.size = n * horizon;
    this.notes = [`${n} games live on the GPU`, ...(n < FEW ? [advice(n)] : [])];
    const watched = Math.min(n, MOST_WATCHED);
    this.rewards = this.buffer("float32", horizon, n);
    this.terminated = this.buffer("uint8", horizon, n);
    this.truncated = this.buffer("uint8", horizon, n);
    const { finalObservations } = rows;
    this.lastOfCut = this.buffer(finalObservations.dtype, ...finalObservations.shape);
    this.cutValues = maxSteps < horizon ? this.buffer("float32", horizon, n) : undefined;
    env.core.follow(...decisionsOf(env, horizon, watched));
    this.logs = new EpisodeLogs(env.core, watched);
    this.remarkable = new Remarkable(watched);
    this.env = {
      ...{ count: n, spec, maxSteps },
      current: (game) => this.current(game),
      dispose: () => {}, // the rollout owns the games
    };
  }

  /** Zeros that live as long as the games. */
  buffer(dtype: DType, ...shape: number[]): Tensor {
    const buffer = zeros(shape, { dtype, device: this.options.env.device });
    this.owned.push(buffer);
    return buffer;
  }

  /** A buffer `[T * n, ...]` or `[T, n, ...]` as `[T, n, ...]`. */
  grid(buffer: Tensor): Tensor {
    const { horizon, count: n, size } = this;
    return buffer.reshape([horizon, n, ...buffer.shape.slice(buffer.shape[0] === size ? 1 : 2)]);
  }

  /** Records a rollout: `play` is to call `step` T times. The games are then as if nothing had been played. */
  record(play: () => void): Recording<unknown> {
    const { env } = this.options;
    env.reset();
    const untouched = env.depth > 0 ? env.save() : undefined; // wrappers have running statistics
    const recording = capture(env.device, () => {
      this.lastOfCut.fill(0);
      env.core.tensors.ends.fill(0);
      play();
      env.summarise();
    });
    // The recording has run once: take that back.
    env.statistics(true);
    if (untouched) env.restore(untouched);
    return recording;
  }

  /** Inside of the recording: step `t` of all games plays `actions`. */
  step(t: number, actions: Tensor): void {
    const { env, valuesOf, memory } = this.options;
    const { rows } = env;
    rows.actions.copyFrom(actions);
    env.step({ time: t });
    memory?.step(rows.terminated, rows.truncated);
    this.rewards.slice(t).copyFrom(rows.rewards);
    this.terminated.slice(t).copyFrom(rows.terminated);
    this.truncated.slice(t).copyFrom(rows.truncated);
    if (this.cutValues !== undefined) {
      this.cutValues.slice(t).copyFrom(valuesOf(rows.finalObservations, memory?.afterStep()));
      return;
    }
    const cut = rows.truncated.notEqual(0).reshape([-1, 1]); // [n, 1]
    this.lastOfCut.copyFrom(where(cut, rows.finalObservations, this.lastOfCut));
    memory?.keepCut(cut);
  }

  /** Inside of the recording, after the last step: what was played, with rewards as the learner sees them. */
  played(): PlayedSteps {
    const { horizon, count: n, terminated, truncated } = this;
    const { rewardClip, valuesOf, memory } = this.options;
    const rewards =
      rewardClip === 0 ? this.rewards : maximum(minimum(this.rewards, rewardClip), -rewardClip);
    const finalValues =
      this.cutValues ??
      valuesOf(this.lastOfCut, memory?.afterCut()).reshape([1, n]).expand([horizon, n]);
    return { rewards, terminated, truncated, finalValues };
  }

  /**
   * Replays a rollout and tells the episodes.
   *
   * @throws AgentError FAILED where a game broke: an action that is none, a reward that is no number
   */
  collect(recording: Recording<unknown>): void {
    const { env, onEpisode, onRemarkable } = this.options;
    const began = seconds();
    recording.replay();
    const ended = this.logs.take(); // waits for the GPU
    const totals = env.statistics(true);
    if (totals.faults > 0) this.fail();
    this.episodes = totals.episodes;
    const remarkable = onRemarkable ? this.remarkable.choose(totals) : [];
    const others = remarkable.map((one) => this.logs.find(one));
    this.time.game = seconds() - began;
    for (const record of ended) onEpisode(record);
    for (const record of others) if (record) onRemarkable?.(record);
  }

  takeEpisodes(): number {
    const taken = this.episodes;
    this.episodes = 0;
    return taken;
  }

  reset(): void {
    const { env, memory, onEpisode } = this.options;
    env.reset();
    memory?.reset();
    this.remarkable.reset();
    for (const record of this.logs.reset()) onEpisode(record);
  }

  saveGames(): VectorEnvState {
    return this.options.env.save();
  }

  /** The games' running statistics alone. */
  saveStatistics(): SavedStatistics {
    return this.options.env.saveStatistics();
  }

  restoreGames(state: VectorEnvState): void {
    this.options.env.restore(state);
    this.logs.restore(state.arrays);
  }

  /** 1 for every game whose next step begins an episode, as the last step left it. */
  starts(): Uint8Array {
    const { terminated, truncated } = this.options.env.rows;
    const cut = truncated.toTypedArray();
    return Uint8Array.from(terminated.toTypedArray(), (ended, i) => ended | cut[i]);
  }

  /** Frees the games and all buffers. */
  dispose(): void {
    for (const buffer of this.owned) buffer.dispose();
    this.options.env.dispose();
  }

  /** The episode that a watched game plays; of the others only the number is known to the GPU. */
  private current(env: number): ReturnType<EpisodeLogs["current"]> {
    if (env < this.logs.count) return this.logs.current(env);
    throw new AgentError(
      "OUT_OF_RANGE",
      `games on a GPU: only the first ${this.logs.count} are watched (got ${env})`,
    );
  }

  private fail(): never {
    const [{ env, text }] = this.options.env.takeFaults();
    throw new AgentError("FAILED", `games on a GPU: game ${env}: ${text}`);
  }
}

function advice(games: number): string {
  return `envs is ${games}, and a GPU wants thousands: try envs=4096 with a shorter horizon and a larger minibatch (the guide "Games on a GPU" has settings to begin with)`;
}

/** Decisions between two looks of a rollout, and the ends that are kept: against an opponent there are more. */
function decisionsOf(env: GpuEnv, horizon: number, games: number): Parameters<GpuGames["follow"]> {
  const isMatch = env.core.tensors.sides !== undefined;
  const decisions = horizon * env.framesPerStep * (isMatch ? 4 : 1);
  return [decisions, { games, most: decisions }];
}
