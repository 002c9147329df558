/**
 * Deep Q-learning with replay and a target network (Mnih et al. 2015,
 * https://www.nature.com/articles/nature14236), and what Rainbow (Hessel et al. 2018,
 * https://arxiv.org/abs/1710.02298) adds to it, each part a setting.
 *
 *   y = R + d Q'(s', a*),   a* = argmax over a of Q(s', a) (double) or of Q'(s', a)
 *   L = mean of w huber(Q(s, a) - y)
 *
 * s, a, R, d, s' come from the replay memory: R is the n-step return, d = gamma^n, or 0 where the window
 * ends in termination; an episode that a time limit cuts continues with its final observation. Q' is the
 * target network. Distributions replace Q by atoms or quantiles (loss.ts). Actions are epsilon-greedy, or
 * greedy by noisy heads; forbidden ones are neither taken nor counted in the maximum.
 *
 * What happens when is a function of the env steps done: after each step of all games, if a multiple of
 * `targetEvery` was passed the target network moves, then for each multiple of `trainEvery` there are
 * `gradientSteps` updates. Departures: docs/algorithms/dqn.md.
 * Legend: B batch, A actions, N outputs per action, O observation size, n games.
 * Not here: the memory (replay/), the network (q-network.ts), losses (loss.ts), files, screens.
 */
import { type Key, key, seedRandom, type VectorEnv, type VectorEnvState } from "@carom/envs";
import {
  flatten,
  loadParameters,
  type Optimizer,
  type OptimizerState,
  type ParameterBuffer,
  saveParameters,
} from "@carom/nn";
import {
  capture,
  type Device,
  fromShared,
  RandomState,
  type RandomWords,
  type Recording,
  stack,
  type Tensor,
  valueAndGrad,
  zeros,
} from "@carom/tensor";
import type { IterationMetrics, SavedState, Trainer, TrainerOptions } from "../agent.js";
import { seconds } from "../clock.js";
import { explore } from "../epsilon-greedy.js";
import { createTrainingEnv } from "../games.js";
import { MaskMemory } from "../off-policy/mask-memory.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { packPolicy } from "../policy-state.js";
import { QNetwork } from "../q-network.js";
import { Replay, type ReplayOptions } from "../replay/replay.js";
import type { ReplayState } from "../replay/saved-replay.js";
import { packState, unpackState } from "../saved-state.js";
import { annealed, annealedLearningRate } from "../schedules.js";
import { type DqnConfig, type DqnName, dqnConfig, qNetworkShape } from "./config.js";
import {
  bestActions,
  categoricalLoss,
  ofActions,
  type QLoss,
  quantileLoss,
  valueLoss,
} from "./loss.js";
import { stateVersion } from "./policy.js";
import { moveTowards, timesDue } from "./target.js";

/** A trainer of DQN, or of an algorithm that is DQN with other defaults. @throws AgentError */
export function createDqn(algo: DqnName, options: TrainerOptions): Trainer {
  return new Dqn(algo, options);
}

/** What `save` packs. */
interface DqnState {
  readonly env: VectorEnvState;
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly target: ReturnType<typeof saveParameters>;
  readonly optimizer: OptimizerState;
  readonly steps: number;
  readonly replay: ReplayState;
  readonly exploration: Uint32Array;
  readonly noise: RandomWords;
  /** Of games where some actions are forbidden. */
  readonly masks: ReplayState | null;
}

/** Env steps of an iteration, about. */
const iterationSteps = 256;

class Dqn implements Trainer {
  readonly env: VectorEnv;
  steps = 0;

  private readonly algo: DqnName;
  private readonly config: DqnConfig;
  private readonly options: TrainerOptions;
  private readonly device: Device;
  private readonly network: QNetwork;
  private readonly target: QNetwork;
  private readonly parameters: ParameterBuffer;
  private readonly targetParameters: ParameterBuffer;
  private readonly optimizer: Optimizer;
  private readonly replay: Replay;
  /** Masks of the transitions in the memory, where some actions are forbidden. */
  private readonly masks: MaskMemory | undefined;
  private readonly allowed: Uint8Array | undefined; // [n, A], what is allowed now
  /** Generator of the exploring actions. */
  private readonly exploration: Uint32Array = new Uint32Array(4);
  /** Generator of the noise in noisy heads. */
  private readonly noise: RandomState;
  private readonly act: Recording<unknown>;
  private readonly update: Recording<unknown>;
  private readonly moveTarget: Recording<unknown>;
  private readonly rewards: Float32Array; // [n], as the learner sees them
  private readonly errors: Float32Array; // [B], of the last update; the device writes them in place
  private readonly totals: Tensor; // [3], sums of loss, value and gradient norm
  private readonly shared: Tensor[] = []; // over memory of the host
  private updates = 0; // since the totals were read
  private episodes = 0; // since they were reported

  constructor(algo: DqnName, options: TrainerOptions) {
    const config = dqnConfig(algo, options.config);
    const { device } = options;
    const root = key(options.seed);
    this.algo = algo;
    this.config = config;
    this.options = options;
    this.device = device;
    const report: TrainerOptions["onEpisode"] = (record) => {
      this.episodes++;
      options.onEpisode?.(record);
    };
    const games = root.child("games");
    this.env = createTrainingEnv(algo, options, config.envs, games, report, ["discrete"]);
    const { env } = this;
    const { createEncoder } = options;
    const network = { spec: env.spec, device, key: root.child("network"), createEncoder };
    const shape = qNetworkShape(algo, config);
    this.network = new QNetwork({ ...network, ...shape });
    this.target = new QNetwork({ ...network, ...shape }); // the same key: the same parameters
    this.parameters = flatten(this.network);
    this.targetParameters = flatten(this.target);
    this.optimizer = createOptimizer(this.parameters, config);
    const memory = replayOptions(env, device, config, root.child("replay"));
    this.replay = new Replay(memory);
    this.masks = env.masks && new MaskMemory(memory, env.masks);
    this.allowed = env.masks && new Uint8Array(new SharedArrayBuffer(env.masks.length));
    seedRandom(this.exploration, root.child("exploration").toSeed());
    this.noise = new RandomState(root.child("noise").words, { device });
    this.rewards = new Float32Array(env.count);
    this.errors = new Float32Array(new SharedArrayBuffer(4 * config.batch));
    this.totals = zeros([3], { device });
    const untouched = this.learned();
    this.act = this.recordAct();
    this.update = this.recordUpdate();
    this.moveTarget = this.recordMoveTarget();
    this.putBack(untouched); // recording has run everything once
    this.totals.fill(0);
    env.reset();
  }

  iterate(): IterationMetrics {
    const { config, options, env } = this;
    const learningRate = annealedLearningRate(config, this.steps, options.totalSteps);
    setLearningRate(this.optimizer, learningRate);
    const time = { game: 0, policy: 0, learn: 0 };
    const trainings = Math.ceil(iterationSteps / config.trainEvery);
    const turns = Math.ceil((trainings * config.trainEvery) / env.count);
    for (let turn = 0; turn < turns; turn++) {
      const began = seconds();
      this.chooseActions();
      const acted = seconds();
      this.play();
      const played = seconds();
      this.learn();
      time.policy += acted - began;
      time.game += played - acted;
      time.learn += seconds() - played;
    }
    return {
      steps: this.steps,
      episodes: this.takeEpisodes(),
      learningRate,
      measures: this.readMeasures(),
      timeGame: time.game,
      timePolicy: time.policy,
      timeLearn: time.learn,
    };
  }

  save(): SavedState {
    const state: DqnState = {
      env: this.env.save(),
      replay: this.replay.save(),
      steps: this.steps,
      exploration: this.exploration.slice(),
      masks: this.masks?.save() ?? null,
      ...this.learned(),
    };
    return packState(this.algo, stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: this.algo,
      version: stateVersion,
      network: this.network,
      env: this.env,
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<DqnState>(state, this.algo, stateVersion);
    this.putBack(saved);
    this.env.restore(saved.env);
    this.replay.restore(saved.replay);
    this.exploration.set(saved.exploration);
    if (saved.masks !== null) this.masks?.restore(saved.masks);
    this.steps = saved.steps;
  }

  dispose(): void {
    for (const recording of [this.act, this.update, this.moveTarget]) recording.dispose();
    for (const owned of [this.totals, ...this.shared]) owned.dispose();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.targetParameters.dispose();
    this.network.dispose();
    this.target.dispose();
    this.replay.dispose();
    this.masks?.dispose();
    this.noise.dispose();
  }

  /** Writes the next action of every game. */
  private chooseActions(): void {
    const { env, network, exploration: random, epsilon } = this;
    if (env.masks !== undefined) this.allowed?.set(env.masks);
    if (epsilon < 1) this.act.replay();
    explore(env.actions, { epsilon, choices: network.actions, random, masks: env.masks });
  }

  /** Probability of an action at random now. */
  private get epsilon(): number {
    const { config, steps, options } = this;
    if (steps < config.learningStarts) return 1;
    if (config.noisy) return 0;
    const { epsilonStart: from, epsilonFinal: to, epsilonFraction: fraction } = config;
    return annealed({ from, to, fraction }, steps, options.totalSteps);
  }

  /** Plays the actions and remembers what came of them. */
  private play(): void {
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
    this.steps += env.count;
  }

  /** Moves the target network and makes the updates that are due after this step of the games. */
  private learn(): void {
    const { config, steps, env, replay, options } = this;
    const before = steps - env.count;
    if (steps < config.learningStarts) return;
    if (timesDue(config.targetEvery, before, steps) > 0) this.moveTarget.replay();
    const updates = config.gradientSteps * timesDue(config.trainEvery, before, steps);
    const beta = annealed(
      { from: config.priorityBeta, to: 1, fraction: 1 },
      steps,
      options.totalSteps,
    );
    for (let i = 0; i < updates; i++) {
      replay.sample(replay.random, beta);
      this.masks?.load(replay.slots);
      this.update.replay();
      replay.updatePriorities(this.errors);
    }
    this.updates += updates;
  }

  /** Records the greedy actions of all games: observations in, actions out, in place. */
  private recordAct(): Recording<unknown> {
    const { env, device, network } = this;
    const { size } = env.spec.observation;
    const observations = this.share(fromShared(env.observations, [env.count, size], { device }));
    const actions = this.share(fromShared(env.actions, [env.count], { device }));
    const allowed =
      this.allowed &&
      this.share(fromShared(this.allowed, [env.count, network.actions], { device }));
    return capture(device, () => {
      network.resample(this.noise);
      const output = network.forward(network.prepare(observations), { training: true });
      actions.copyFrom(bestActions(network.values(output), allowed?.notEqual(0)));
    });
  }

  /** Records one update: gather, target, loss, gradients, clip, optimiser, statistics. */
  private recordUpdate(): Recording<unknown> {
    const { network, target, replay, optimizer, totals } = this;
    const errors = this.share(
      fromShared(this.errors, [this.config.batch], { device: this.device }),
    );
    return capture(this.device, () => {
      network.resample(this.noise);
      target.resample(this.noise);
      const next = this.nextOutputs(); // [B] or [B, N]
      const prepared = network.prepare(rowsOf(replay.observation())); // [B, O]
      const { value, aux, grads } = valueAndGrad(
        () => this.loss(network.forward(prepared, { training: true }), next),
        this.parameters.tensors,
      );
      optimizer.step(grads);
      errors.copyFrom(aux.error);
      const norm = optimizer.gradNorm.reshape([]);
      totals.copyFrom(totals.add(stack([value, aux.value.mean(), norm])));
    });
  }

  /** What the target network says of the best next actions, `[B]` or `[B, N]`. */
  private nextOutputs(): Tensor {
    const { network, target, config, replay } = this;
    const prepared = network.prepare(rowsOf(replay.nextObservation())); // [B, O]
    const output = target.forward(prepared, { training: true }); // [B, A] or [B, A, N]
    const judge = config.double ? network.forward(prepared, { training: true }) : output;
    return ofActions(output, bestActions(network.values(judge), this.masks?.nextAllowed()));
  }

  /** The loss of outputs `[B, A]` or `[B, A, N]` against the next ones, `[B]` or `[B, N]`. */
  private loss(output: Tensor, next: Tensor): QLoss {
    const { network, config, replay } = this;
    if (network.support !== undefined) {
      return categoricalLoss(output, next, network.support, replay);
    }
    if (network.returns.kind === "quantile") {
      return quantileLoss(output, next, replay, config.kappa);
    }
    return valueLoss(output, next, replay, config.huberDelta || Number.POSITIVE_INFINITY);
  }

  private recordMoveTarget(): Recording<unknown> {
    const { device, parameters, targetParameters, config } = this;
    return capture(device, () => moveTowards(targetParameters, parameters, config.tau));
  }

  /** A copy of what updates change. */
  private learned(): Pick<DqnState, "parameters" | "target" | "optimizer" | "noise"> {
    return {
      parameters: saveParameters(this.network),
      target: saveParameters(this.target),
      optimizer: this.optimizer.state(),
      noise: this.noise.toWords(),
    };
  }

  private putBack(saved: ReturnType<Dqn["learned"]>): void {
    loadParameters(this.network, saved.parameters);
    loadParameters(this.target, saved.target);
    this.optimizer.restore(saved.optimizer);
    this.noise.restore(saved.noise);
  }

  private share(tensor: Tensor): Tensor {
    this.shared.push(tensor);
    return tensor;
  }

  private takeEpisodes(): number {
    const taken = this.episodes;
    this.episodes = 0;
    return taken;
  }

  /** Means over the updates since the last call. */
  private readMeasures(): Record<string, number> {
    const sums = this.totals.toTypedArray();
    const [qLoss, qMean, gradNorm] = Array.from(sums, (sum) => sum / this.updates); // NaN without updates
    this.totals.fill(0);
    this.updates = 0;
    return { qLoss, qMean, gradNorm, epsilon: this.epsilon, replaySize: this.replay.size };
  }
}

/** The memory that a configuration asks for. */
function replayOptions(
  env: VectorEnv,
  device: Device,
  config: DqnConfig,
  sampling: Key,
): ReplayOptions {
  const { buffer: capacity, batch, nStep, gamma, frameStack, normalizeObservations } = config;
  return {
    env,
    capacity,
    device,
    batch,
    nStep,
    gamma,
    frames: normalizeObservations ? 1 : frameStack, // normalised after they were stacked
    prioritized: config.prioritized
      ? { alpha: config.priorityAlpha, epsilon: priorityEpsilon }
      : undefined,
    key: sampling,
  };
}

/** Added to errors, so that every transition is seen again. */
const priorityEpsilon = 1e-6;

/** `[B, ...shape]` as `[B, O]`. */
function rowsOf(observations: Tensor): Tensor {
  const [batch] = observations.shape;
  return observations.reshape([batch, observations.size / batch]);
}
