/**
 * How off-policy agents come by what they learn from: games, a replay memory, and the turns of playing and
 * learning. At first actions are uniformly random over the action space (Haarnoja et al. 2018, appendix D;
 * Fujimoto et al. 2018, appendix C), then the recorded policy chooses them.
 *
 * Not here: what is learned.
 */
import {
  type ActionSpace,
  type Key,
  sampleAction,
  seedRandom,
  type VectorEnv,
  type VectorEnvState,
} from "@carom/envs";
import { fromShared, type Recording, type Tensor } from "@carom/tensor";
import type { TrainerOptions } from "../agent.js";
import { seconds } from "../clock.js";
import { explore } from "../epsilon-greedy.js";
import { createTrainingEnv } from "../games.js";
import { Replay } from "../replay/replay.js";
import type { ReplayState } from "../replay/saved-replay.js";
import type { OffPolicyConfig } from "./config.js";
import { MaskMemory } from "./mask-memory.js";

/** Env steps of an iteration, about: what is between two lines of metrics. */
const iterationSteps = 200;

/** What decides how playing goes on. */
export interface ExperienceState {
  readonly env: VectorEnvState;
  readonly replay: ReplayState;
  readonly masks: ReplayState | null;
  readonly steps: number;
  /** Words of the generator of random actions. */
  readonly warmUp: Uint32Array;
}

/** What an iteration took. */
export interface IterationTimes {
  readonly timeGame: number;
  readonly timePolicy: number;
  readonly timeLearn: number;
}

/** Games and memory of one run. Lives as long as its trainer. */
export class Experience {
  readonly env: VectorEnv;
  readonly replay: Replay;
  /** Masks of the actions that were allowed; absent where all always are. */
  readonly masks: MaskMemory | undefined;
  /** Env steps done, over all games. */
  steps = 0;
  /** What the games show, `[N, O]`: the device reads it in place. */
  readonly observations: Tensor;
  /** Where a policy writes, `[N]` or `[N, A]`. */
  readonly actions: Tensor;
  /** uint8 `[N, A]`: what is allowed next; absent where all always is. */
  readonly allowed: Tensor | undefined;

  private readonly config: OffPolicyConfig;
  private readonly random: Uint32Array = new Uint32Array(4);
  private readonly allowedNow: Uint8Array | undefined; // over the memory of `allowed`
  private readonly turn: number; // steps of every game between two trainings
  private readonly rounds: number; // trainings per iteration
  private readonly time = { game: 0, policy: 0, learn: 0 };
  private episodes = 0;

  /** Makes and resets the games. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
  constructor(
    algo: string,
    options: TrainerOptions,
    config: OffPolicyConfig,
    root: Key,
    kinds: readonly ActionSpace["kind"][],
  ) {
    const { device } = options;
    const { envs, gamma, nStep, buffer: capacity, batch, trainEvery } = config;
    this.config = config;
    const onEpisode: TrainerOptions["onEpisode"] = (record) => {
      this.episodes++;
      options.onEpisode?.(record);
    };
    const env = createTrainingEnv(algo, options, envs, root.child("games"), onEpisode, kinds);
    this.env = env;
    const memory = { env, capacity, device, batch, nStep, gamma, key: root.child("batches") };
    this.replay = new Replay({ ...memory, frames: framesOf(config) });
    this.masks = env.masks && new MaskMemory(memory, env.masks);
    seedRandom(this.random, root.child("random actions").toSeed());
    const { size } = env.spec.observation;
    this.observations = fromShared(env.observations, [envs, size], { device });
    const width = env.actions.length / envs;
    const shape = env.spec.actions.kind === "discrete" ? [envs] : [envs, width];
    this.actions = fromShared(env.actions, shape, { device });
    if (env.masks !== undefined) {
      this.allowedNow = new Uint8Array(new SharedArrayBuffer(env.masks.length)).fill(1);
      const columns = env.masks.length / envs;
      this.allowed = fromShared(this.allowedNow, [envs, columns], { device });
    }
    this.turn = Math.ceil(trainEvery / envs);
    this.rounds = Math.max(1, Math.round(iterationSteps / (this.turn * envs)));
    env.reset();
  }

  /**
   * Plays and learns by turns for one iteration: `trainEvery` env steps, then `gradientSteps` times `learn`,
   * for each of which a new batch has been drawn.
   *
   * @param act recorded: reads `observations` and writes `actions`
   * @returns how often `learn` was called
   */
  run(act: Recording<unknown>, learn: () => void): number {
    const { config, rounds, time } = this;
    time.game = 0;
    time.policy = 0;
    time.learn = 0;
    let learned = 0;
    for (let round = 0; round < rounds; round++) {
      for (let step = 0; step < this.turn; step++) this.step(act);
      if (this.steps < config.learningStarts || this.replay.size === 0) continue;
      const began = seconds();
      for (let update = 0; update < config.gradientSteps; update++) {
        this.replay.sample();
        this.masks?.load(this.replay.slots);
        learn();
      }
      learned += config.gradientSteps;
      time.learn += seconds() - began;
    }
    return learned;
  }

  /** Seconds of the last `run`. */
  get times(): IterationTimes {
    const { game, policy, learn } = this.time;
    return { timeGame: game, timePolicy: policy, timeLearn: learn };
  }

  /** Episodes that have ended since the last call. */
  takeEpisodes(): number {
    const taken = this.episodes;
    this.episodes = 0;
    return taken;
  }

  /** Observations of the batch, `[B, O]`. Call it inside a recording. */
  observation(): Tensor {
    const { replay, env } = this;
    return replay.observation().reshape([replay.batch, env.spec.observation.size]);
  }

  /** What was observed nStep decisions later, `[B, O]`; means nothing where `replay.discount` is 0. */
  nextObservation(): Tensor {
    const { replay, env } = this;
    return replay.nextObservation().reshape([replay.batch, env.spec.observation.size]);
  }

  /** A copy of the state, for saving. */
  save(): ExperienceState {
    return {
      env: this.env.save(),
      replay: this.replay.save(),
      masks: this.masks?.save() ?? null,
      steps: this.steps,
      warmUp: this.random.slice(),
    };
  }

  /** Goes on from a saved state. @throws AgentError FOREIGN_STATE */
  restore(state: ExperienceState): void {
    this.replay.restore(state.replay);
    if (state.masks !== null) this.masks?.restore(state.masks);
    this.env.restore(state.env);
    this.steps = state.steps;
    this.random.set(state.warmUp);
  }

  /** Frees everything but the env. Idempotent. */
  dispose(): void {
    this.replay.dispose();
    this.masks?.dispose();
    for (const shared of [this.observations, this.actions, this.allowed]) shared?.dispose();
  }

  /** One step of every game. */
  private step(act: Recording<unknown>): void {
    const { env, replay, masks, time } = this;
    const began = seconds();
    if (this.steps < this.config.learningStarts) this.chooseRandomly();
    else {
      if (env.masks !== undefined) this.allowedNow?.set(env.masks);
      act.replay();
    }
    const chosen = seconds();
    replay.begin(env);
    masks?.begin(env);
    env.step();
    replay.finish(env);
    masks?.finish(env);
    this.steps += env.count;
    time.policy += chosen - began;
    time.game += seconds() - chosen;
  }

  /** Writes uniformly random actions, of those that are allowed. */
  private chooseRandomly(): void {
    const { env, random } = this;
    const { actions, masks, spec, count } = env;
    if (spec.actions.kind === "discrete") {
      explore(actions, { epsilon: 1, choices: spec.actions.names.length, random, masks });
      return;
    }
    for (let game = 0; game < count; game++) {
      const action = sampleAction(spec.actions, random);
      if (typeof action !== "number") actions.set(action, game * action.length);
    }
  }
}

/** Frames that can be stored one by one: stacks of normalised observations do not move by one. */
function framesOf({ frameStack, normalizeObservations }: OffPolicyConfig): number {
  return normalizeObservations ? 1 : frameStack;
}
