/**
 * Games on the processor, and the memory of the host, whose frames the device reads in place.
 * Legend: n games, A actions, B batch, O observation size.
 */
import {
  type GameSpec,
  type SavedStatistics,
  saveStatistics,
  seedRandom,
  type VectorEnv,
} from "@carom/envs";
import { capture, type Device, fromShared, type Recording, type Tensor } from "@carom/tensor";
import { seconds } from "../clock.js";
import { explore } from "../epsilon-greedy.js";
import { createCountedEnv } from "../games.js";
import { MaskMemory } from "../off-policy/mask-memory.js";
import { generatorOf, toHostReplay } from "../replay/moved-to-host.js";
import { Replay } from "../replay/replay.js";
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
import { bestActions } from "./loss.js";
import { iterationSteps } from "./rhythm.js";

/** See the head of the file. */
export class HostCollector implements Collector<HostState | GpuState> {
  readonly env: VectorEnv;
  readonly notes: readonly string[];
  readonly stride = 1;
  readonly plays: number;
  readonly burst = 1;

  private readonly config: DqnConfig;
  private readonly device: Device;
  private readonly replay: Replay;
  /** Masks of the transitions in the memory, where some actions are forbidden. */
  private readonly masks: MaskMemory | undefined;
  private readonly allowed: Uint8Array | undefined; // [n, A], what is allowed now
  private readonly choices: number; // A
  private readonly exploration: Uint32Array = new Uint32Array(4);
  private readonly rewards: Float32Array; // [n], as the learner sees them
  private readonly errors: Float32Array; // [B], of the last update; the device writes them in place
  private readonly shared: Tensor[] = []; // over memory of the host
  private readonly judged: Tensor; // over `errors`
  private readonly takeEpisodes: () => number;
  private act: Recording<unknown> | undefined;
  private time: { game: number; policy: number } = { game: 0, policy: 0 };

  constructor(made: CollectorOptions, notes: readonly string[]) {
    const { algo, options, config, root } = made;
    const { device } = options;
    this.config = config;
    this.device = device;
    this.notes = notes;
    const { env, takeEpisodes } = createCountedEnv(algo, options, config.envs, root.child("games"));
    this.env = env;
    this.takeEpisodes = takeEpisodes;
    this.plays = Math.ceil(iterationSteps(config) / env.count);
    const memory = { ...memoryOptions(made), env };
    this.replay = new Replay(memory);
    this.masks = env.masks && new MaskMemory(memory, env.masks);
    this.allowed = env.masks && new Uint8Array(new SharedArrayBuffer(env.masks.length));
    const { actions } = env.spec;
    this.choices = actions.kind === "discrete" ? actions.names.length : 0; // createCollector refuses others
    seedRandom(this.exploration, root.child("exploration").toSeed());
    this.rewards = new Float32Array(env.count);
    this.errors = new Float32Array(new SharedArrayBuffer(4 * config.batch));
    this.judged = this.share(fromShared(this.errors, [config.batch], { device }));
  }

  get spec(): GameSpec {
    return this.env.spec;
  }

  get size(): number {
    return this.replay.size;
  }

  /** Greedy actions of all games: observations in, actions out, in place. */
  record(values: (observations: Tensor) => Tensor): void {
    const { env, device, allowed, choices } = this;
    const { size } = env.spec.observation;
    const observations = this.share(fromShared(env.observations, [env.count, size], { device }));
    const actions = this.share(fromShared(env.actions, [env.count], { device }));
    const mask = allowed && this.share(fromShared(allowed, [env.count, choices], { device }));
    this.act = capture(device, () => {
      actions.copyFrom(bestActions(values(observations), mask?.notEqual(0)));
    });
  }

  reset(): void {
    this.env.reset();
  }

  play(epsilon: number): void {
    const began = seconds();
    this.chooseActions(epsilon);
    const acted = seconds();
    this.step();
    this.time.policy += acted - began;
    this.time.game += seconds() - acted;
  }

  batch(): QBatch {
    const { replay, masks } = this;
    const { action, reward, discount, weight } = replay;
    return {
      ...{ action, reward, discount, weight },
      observation: replay.observation(),
      nextObservation: replay.nextObservation(),
      nextAllowed: masks?.nextAllowed(),
    };
  }

  judge(error: Tensor): void {
    this.judged.copyFrom(error);
  }

  update(recording: Recording<unknown>, beta: number): void {
    const { replay } = this;
    replay.sample(replay.random, beta);
    this.masks?.load(replay.slots);
    recording.replay();
    replay.updatePriorities(this.errors);
  }

  finish(): CollectorReport {
    const { time } = this;
    this.time = { game: 0, policy: 0 };
    return { episodes: this.takeEpisodes(), timeGame: time.game, timePolicy: time.policy };
  }

  save(): HostState {
    return {
      env: this.env.save(),
      replay: this.replay.save(),
      exploration: this.exploration.slice(),
      masks: this.masks?.save() ?? null,
    };
  }

  saveStatistics(): SavedStatistics {
    return saveStatistics(this.env);
  }

  /** Goes on from the state of either collector. */
  restore(state: HostState | GpuState): void {
    const { env, replay, masks, exploration } = isOfGpu(state) ? movedFromGpu(state) : state;
    this.env.restore(env);
    this.replay.restore(replay);
    this.exploration.set(exploration);
    if (masks !== null) this.masks?.restore(masks);
  }

  dispose(): void {
    this.act?.dispose();
    for (const owned of this.shared) owned.dispose();
    this.replay.dispose();
    this.masks?.dispose();
  }

  /** Writes the next action of every game. */
  private chooseActions(epsilon: number): void {
    const { env, choices, exploration: random } = this;
    if (env.masks !== undefined) this.allowed?.set(env.masks);
    if (epsilon < 1) this.act?.replay();
    explore(env.actions, { epsilon, choices, random, masks: env.masks });
  }

  /** Plays the actions and remembers what came of them. */
  private step(): void {
    const { env, replay, rewards, masks } = this;
    const bound = this.config.rewardClip || Number.POSITIVE_INFINITY;
    replay.begin(env);
    masks?.begin(env);
    env.step();
    for (let i = 0; i < env.count; i++) {
      rewards[i] = Math.max(-bound, Math.min(bound, env.rewards[i]));
    }
    replay.finish(env, rewards);
    masks?.finish(env);
  }

  private share(tensor: Tensor): Tensor {
    this.shared.push(tensor);
    return tensor;
  }
}

function movedFromGpu({ env, replay, exploration }: GpuState): HostState {
  return { env, ...toHostReplay(replay), exploration: generatorOf(exploration) };
}
