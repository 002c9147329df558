/**
 * The games of a rollout on the GPU, whatever plays and learns from them: a step of all games inside of a recording, what
 * is kept of it for the learner. What is told of the episodes is followed-games.ts's.
 *
 * A time limit bootstraps from the value of the last observation. Where no fewer steps lie between two cuts of a game
 * (leastCut) than a rollout has, it is cut once at most, so that one row per game is kept and valued at the end; else last
 * observations are valued at every step.
 * Legend: n games, O observation size, T steps. Not here: how actions are chosen, estimates of returns.
 */
import type { SavedStatistics, VectorEnvState } from "@carom/envs";
import {
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
import type { CollectedGames } from "../games.js";
import type { RolloutTensors } from "../math/on-device.js";
import type { GpuEnv } from "./env.js";
import { adviceOnCount, type EpisodeListeners, FollowedGames, leastCut } from "./followed-games.js";
import type { RolloutMemory } from "./rollout-memory.js";

/** What the games of a rollout are. */
export interface RolloutGamesOptions extends EpisodeListeners {
  /** Games, and what stands around them. Freed with the rollout's. */
  readonly env: GpuEnv;
  /** Steps per game and rollout, T. */
  readonly horizon: number;
  /** Bound of the learner's reward; 0 leaves rewards as they are. */
  readonly rewardClip: number;
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
  /** Seconds that the last `collect` took to begin; all else of an iteration is waited for at its end. */
  readonly time: { game: number; readonly policy: number } = { game: 0, policy: 0 };

  private readonly options: RolloutGamesOptions;
  private readonly owned: Tensor[] = [];
  private readonly rewards: Tensor; // as the env gives them, [T, n]
  private readonly terminated: Tensor; // uint8 [T, n]
  private readonly truncated: Tensor; // uint8 [T, n]
  private readonly lastOfCut: Tensor; // as the env shows it
  private readonly cutValues: Tensor | undefined; // [T, n]; where a game may be cut more than once
  private readonly followed: FollowedGames;
  private isUntold = false;

  constructor(options: RolloutGamesOptions) {
    const { env, horizon } = options;
    const { count: n, rows } = env;
    this.options = options;
    this.count = n;
    this.horizon = horizon;
    this.size = n * horizon;
    const how = "4096 with a shorter horizon and a larger minibatch";
    this.notes = [`${n} games live on the GPU`, ...adviceOnCount(n, how)];
    this.rewards = this.buffer("float32", horizon, n);
    this.terminated = this.buffer("uint8", horizon, n);
    this.truncated = this.buffer("uint8", horizon, n);
    const { finalObservations } = rows;
    this.lastOfCut = this.buffer(finalObservations.dtype, ...finalObservations.shape);
    this.cutValues = leastCut(env) < horizon ? this.buffer("float32", horizon, n) : undefined;
    this.followed = new FollowedGames({ ...options, steps: horizon });
    this.env = this.followed.shown;
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

  /**
   * Records a rollout: `play` is to call `step` T times. It plays once; after the next `reset` or `restoreGames` the games
   * are as if it had not.
   */
  record(play: () => void): Recording<unknown> {
    return this.followed.record(this.horizon, () => {
      this.lastOfCut.fill(0);
      play();
    });
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

  /** Begins to replay a rollout: what learns from it can be given to the GPU at once, behind it. */
  collect(recording: Recording<unknown>): void {
    const began = seconds();
    recording.replay();
    this.time.game = seconds() - began;
    this.isUntold = true;
  }

  /**
   * Waits for the rollout, and for what was given to the GPU behind it, and tells the episodes.
   *
   * @throws AgentError FAILED where a game broke: an action that is none, a reward that is no number
   */
  takeEpisodes(): number {
    if (!this.isUntold) return 0;
    this.isUntold = false;
    const ended = this.followed.look();
    this.followed.tell(ended);
    return ended.count;
  }

  reset(): void {
    this.options.memory?.reset();
    this.followed.reset();
  }

  saveGames(): VectorEnvState {
    return this.options.env.save();
  }

  /** The games' running statistics alone. */
  saveStatistics(): SavedStatistics {
    return this.options.env.saveStatistics();
  }

  restoreGames(state: VectorEnvState): void {
    this.followed.restore(state);
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
}
