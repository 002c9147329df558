/**
 * Games and memory on the GPU. One recording plays: values, epsilon-greedy draw, a step of all games, its place in the
 * memory. The recorded update draws its own batch and gives it priorities. TypeScript replays, writes epsilon and beta
 * where they have changed, and reads once per iteration: how the first few games went, and sums over all.
 *
 * Everything is queued on the GPU, so times are those until something is read: they count as learning.
 * Legend: n games, A actions, B batch. Not here: the memory (../replay/device-replay.ts), the games (../gpu-games/).
 */
import type { GameSpec, SavedStatistics } from "@carom/envs";
import {
  maximum,
  minimum,
  RandomState,
  type RandomWords,
  type Recording,
  scope,
  type Tensor,
  zeros,
} from "@carom/tensor";
import type { TrainedGames } from "../agent.js";
import type { GpuEnv } from "../gpu-games/env.js";
import { drawEpsilonGreedy } from "../gpu-games/epsilon-greedy.js";
import { adviceOnCount, FollowedGames, leastCut } from "../gpu-games/followed-games.js";
import { type DeviceBatch, DeviceReplay } from "../replay/device-replay.js";
import { toDeviceReplay, wordsOf } from "../replay/moved-to-device.js";
import {
  type DeviceReplayFacts,
  factsOf,
  restoreDeviceReplay,
  saveDeviceReplay,
} from "../replay/saved-device-replay.js";
import {
  type Collector,
  type CollectorOptions,
  type CollectorReport,
  type GpuState,
  type HostState,
  isOfGpu,
  memoryOptions,
  type QBatch,
} from "./collector.js";
import type { DqnConfig } from "./config.js";
import { rhythm } from "./rhythm.js";

/** See the head of the file. */
export class GpuCollector implements Collector<HostState | GpuState> {
  readonly spec: GameSpec;
  readonly env: TrainedGames;
  readonly notes: readonly string[];
  readonly stride: number;
  readonly plays: number;
  readonly burst: number;

  private readonly games: GpuEnv;
  private readonly config: DqnConfig;
  private readonly replay: DeviceReplay;
  private readonly followed: FollowedGames;
  private readonly random: RandomState;
  private readonly words: RandomWords;
  private readonly epsilon: Setting;
  private readonly beta: Setting;
  private playing: Recording<unknown> | undefined;
  private drawn: DeviceBatch | undefined; // of the update that is being recorded

  constructor(made: CollectorOptions, games: GpuEnv) {
    const { options, config, root } = made;
    const { device } = options;
    const { count, spec } = games;
    this.games = games;
    this.spec = spec;
    this.config = config;
    const { stride, plays, burst } = rhythm(config, count);
    this.stride = stride;
    this.plays = plays;
    this.burst = burst;
    this.notes = notesOf(config, count);
    const masked = games.rows.masks?.shape[1] ?? 0;
    const facts = { spec, count, maxSteps: leastCut(games) };
    this.replay = new DeviceReplay({ ...memoryOptions(made), env: facts, masked });
    this.followed = new FollowedGames({
      ...{ env: games, steps: stride * plays },
      onEpisode: (record) => options.onEpisode?.(record),
      onRemarkable: options.onRemarkable,
    });
    this.env = this.followed.shown;
    this.words = [...root.child("exploration").words, 0, 0];
    this.random = new RandomState([this.words[0], this.words[1]], { device });
    this.epsilon = new Setting(zeros([1], { device }));
    this.beta = new Setting(zeros([1], { device }));
  }

  get size(): number {
    return this.replay.size;
  }

  record(values: (observations: Tensor) => Tensor): void {
    const { followed, stride } = this;
    this.playing = followed.record(stride, () => {
      for (let i = 0; i < stride; i++) scope(() => this.recordStep(i, values));
    });
  }

  reset(): void {
    const { games, replay, followed } = this;
    followed.reset();
    const { observations, masks } = games.rows;
    replay.reset(observations, masks);
    this.random.restore(this.words);
  }

  play(epsilon: number): void {
    this.epsilon.set(epsilon);
    this.playing?.replay();
  }

  batch(): QBatch {
    this.drawn = this.replay.sample(this.beta.tensor);
    return this.drawn;
  }

  judge(error: Tensor): void {
    if (this.drawn !== undefined) this.replay.updatePriorities(this.drawn.slots, error);
    this.drawn = undefined;
  }

  update(recording: Recording<unknown>, beta: number): void {
    this.beta.set(beta);
    recording.replay();
  }

  finish(): CollectorReport {
    const { followed, replay } = this;
    const ended = followed.look();
    replay.checkPriorities();
    followed.tell(ended);
    return { episodes: ended.count, timeGame: 0, timePolicy: 0 };
  }

  save(): GpuState {
    return {
      env: this.games.save(),
      replay: saveDeviceReplay(this.replay),
      exploration: this.random.toWords(),
      masks: null,
    };
  }

  saveStatistics(): SavedStatistics {
    return this.games.saveStatistics();
  }

  /** Goes on from the state of either collector. */
  restore(state: HostState | GpuState): void {
    const facts = factsOf(this.replay);
    const { env, replay, exploration } = isOfGpu(state) ? state : movedFromHost(state, facts);
    restoreDeviceReplay(this.replay, replay);
    this.followed.restore(env);
    this.random.restore(exploration);
  }

  dispose(): void {
    this.playing?.dispose();
    for (const { tensor } of [this.epsilon, this.beta]) tensor.dispose();
    this.random.dispose();
    this.replay.dispose();
    this.games.dispose();
  }

  /** Inside the recording, as its step `time`: all games play, and the memory keeps what was decided. */
  private recordStep(time: number, values: (observations: Tensor) => Tensor): void {
    const { games, replay, random, epsilon } = this;
    const { observations, masks, actions } = games.rows;
    const mask = masks?.notEqual(0); // [n, A]
    actions.copyFrom(drawEpsilonGreedy(values(observations), epsilon.tensor, random, mask)); // [n]
    games.step({ time });
    const { rows } = games;
    replay.record(rows, this.learnerRewards(rows.rewards));
  }

  private learnerRewards(rewards: Tensor): Tensor {
    const { rewardClip } = this.config;
    return rewardClip === 0 ? rewards : maximum(minimum(rewards, rewardClip), -rewardClip);
  }
}

/** A number on the device, written where it has changed. */
class Setting {
  /** `[1]` */
  readonly tensor: Tensor;
  private value = 0;

  /** @param tensor of one zero */
  constructor(tensor: Tensor) {
    this.tensor = tensor;
  }

  set(value: number): void {
    if (value === this.value) return;
    this.value = value;
    this.tensor.write(Float32Array.of(value));
  }
}

/** Updates per step of all games that are worth a word. */
const TOLD_UPDATES = 8;

function notesOf({ trainEvery, gradientSteps }: DqnConfig, count: number): string[] {
  const updates = (gradientSteps * count) / trainEvery;
  const how = "1024 with trainEvery, targetEvery, learningStarts and buffer as much larger";
  const notes = [
    `${count} games live on the GPU, and the memory with them`,
    ...adviceOnCount(count, how),
  ];
  if (updates < TOLD_UPDATES) return notes;
  const told = `trainEvery=${trainEvery} asks for ${Math.round(updates)} updates after each step of all games: raise trainEvery or lower gradientSteps if learning takes all the time`;
  return [...notes, told];
}

function movedFromHost(state: HostState, facts: DeviceReplayFacts): GpuState {
  const { env, exploration } = state;
  const replay = toDeviceReplay(state, facts);
  return { env, replay, exploration: wordsOf(exploration), masks: null };
}
