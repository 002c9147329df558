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
 * Not here: games, exploration and memory, on the processor or on the GPU (collector.ts), the network
 * (q-network.ts), losses (loss.ts), files, screens.
 */
import { key } from "@carom/envs";
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
  RandomState,
  type RandomWords,
  type Recording,
  scope,
  stack,
  type Tensor,
  valueAndGrad,
  zeros,
} from "@carom/tensor";
import type {
  IterationMetrics,
  SavedState,
  TrainedGames,
  Trainer,
  TrainerOptions,
} from "../agent.js";
import { seconds } from "../clock.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { packPolicy } from "../policy-state.js";
import { QNetwork } from "../q-network.js";
import { packState, unpackState } from "../saved-state.js";
import { annealed, annealedLearningRate } from "../schedules.js";
import type { Collector, QBatch } from "./collector.js";
import { type DqnConfig, type DqnName, dqnConfig, qNetworkShape } from "./config.js";
import { createCollector } from "./create-collector.js";
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

/** What `save` packs, beside the state of the collector: games, memory and exploration. */
interface DqnState {
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly target: ReturnType<typeof saveParameters>;
  readonly optimizer: OptimizerState;
  readonly steps: number;
  readonly noise: RandomWords;
}

class Dqn implements Trainer {
  readonly env: TrainedGames;
  readonly notes: readonly string[];
  steps = 0;

  private readonly algo: DqnName;
  private readonly config: DqnConfig;
  private readonly options: TrainerOptions;
  private readonly device: Device;
  private readonly collector: Collector;
  private readonly network: QNetwork;
  private readonly target: QNetwork;
  private readonly parameters: ParameterBuffer;
  private readonly targetParameters: ParameterBuffer;
  private readonly optimizer: Optimizer;
  /** Generator of the noise in noisy heads. */
  private readonly noise: RandomState;
  private readonly update: Recording<unknown>;
  private readonly moveTarget: Recording<unknown>;
  private readonly totals: Tensor; // [3], sums of loss, value and gradient norm
  private updates = 0; // since the totals were read

  constructor(algo: DqnName, options: TrainerOptions) {
    const config = dqnConfig(algo, options.config);
    const { device } = options;
    const root = key(options.seed);
    this.algo = algo;
    this.config = config;
    this.options = options;
    this.device = device;
    this.collector = createCollector({ algo, options, config, root });
    const { collector } = this;
    this.env = collector.env;
    this.notes = collector.notes;
    const { createEncoder } = options;
    const network = { spec: collector.spec, device, key: root.child("network"), createEncoder };
    const shape = qNetworkShape(algo, config);
    this.network = new QNetwork({ ...network, ...shape });
    this.target = new QNetwork({ ...network, ...shape }); // the same key: the same parameters
    this.parameters = flatten(this.network);
    this.targetParameters = flatten(this.target);
    this.optimizer = createOptimizer(this.parameters, config);
    this.noise = new RandomState(root.child("noise").words, { device });
    this.totals = zeros([3], { device });
    const untouched = this.learned();
    collector.record((observations) => this.valuesOf(observations));
    this.update = this.recordUpdate();
    this.moveTarget = this.recordMoveTarget();
    this.putBack(untouched); // recording has run everything once
    this.totals.fill(0);
    collector.reset();
  }

  iterate(): IterationMetrics {
    const { config, options, collector } = this;
    const learningRate = annealedLearningRate(config, this.steps, options.totalSteps);
    setLearningRate(this.optimizer, learningRate);
    const began = seconds();
    for (let play = 0; play < collector.plays; play++) {
      collector.play(this.epsilon);
      this.learn(collector.stride * this.env.count);
    }
    const { episodes, timeGame, timePolicy } = collector.finish();
    return {
      steps: this.steps,
      episodes,
      learningRate,
      measures: this.readMeasures(),
      timeGame,
      timePolicy,
      timeLearn: seconds() - began - timeGame - timePolicy,
    };
  }

  save(): SavedState {
    const state = { steps: this.steps, ...this.learned(), ...this.collector.save() };
    return packState(this.algo, stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: this.algo,
      version: stateVersion,
      network: this.network,
      env: this.collector.saveStatistics(),
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<DqnState>(state, this.algo, stateVersion);
    this.putBack(saved);
    this.collector.restore(saved);
    this.steps = saved.steps;
  }

  dispose(): void {
    for (const recording of [this.update, this.moveTarget]) recording.dispose();
    this.totals.dispose();
    this.collector.dispose();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.targetParameters.dispose();
    this.network.dispose();
    this.target.dispose();
    this.noise.dispose();
  }

  /** Probability of an action at random now. */
  private get epsilon(): number {
    const { config, steps, options } = this;
    if (steps < config.learningStarts) return 1;
    if (config.noisy) return 0;
    const { epsilonStart: from, epsilonFinal: to, epsilonFraction: fraction } = config;
    return annealed({ from, to, fraction }, steps, options.totalSteps);
  }

  /** After `played` more env steps: moves the target network and makes the updates that are due. */
  private learn(played: number): void {
    const { config, options, collector } = this;
    const before = this.steps;
    this.steps += played;
    const { steps } = this;
    if (steps < config.learningStarts) return;
    if (timesDue(config.targetEvery, before, steps) > 0) this.moveTarget.replay();
    const updates = config.gradientSteps * timesDue(config.trainEvery, before, steps);
    const beta = annealed(
      { from: config.priorityBeta, to: 1, fraction: 1 },
      steps,
      options.totalSteps,
    );
    for (let i = 0; i < updates; i += collector.burst) collector.update(this.update, beta);
    this.updates += updates;
  }

  /** Q of observations as the env shows them, `[n, O]`: `[n, A]`; with noise of its own. Recorded. */
  private valuesOf(observations: Tensor): Tensor {
    const { network } = this;
    network.resample(this.noise);
    return network.values(network.forward(network.prepare(observations), { training: true }));
  }

  /** Records updates, as many as the collector wants at once. */
  private recordUpdate(): Recording<unknown> {
    const { collector, device } = this;
    return capture(device, () => {
      for (let i = 0; i < collector.burst; i++) scope(() => this.updateOnce());
    });
  }

  /** One update: batch, target, loss, gradients, clip, optimiser, statistics. */
  private updateOnce(): void {
    const { network, target, collector, optimizer, totals } = this;
    network.resample(this.noise);
    target.resample(this.noise);
    const batch = collector.batch();
    const next = this.nextOutputs(batch); // [B] or [B, N]
    const prepared = network.prepare(rowsOf(batch.observation)); // [B, O]
    const { value, aux, grads } = valueAndGrad(
      () => this.loss(network.forward(prepared, { training: true }), next, batch),
      this.parameters.tensors,
    );
    optimizer.step(grads);
    collector.judge(aux.error);
    const norm = optimizer.gradNorm.reshape([]);
    totals.copyFrom(totals.add(stack([value, aux.value.mean(), norm])));
  }

  /** What the target network says of the best next actions, `[B]` or `[B, N]`. */
  private nextOutputs({ nextObservation, nextAllowed }: QBatch): Tensor {
    const { network, target, config } = this;
    const prepared = network.prepare(rowsOf(nextObservation)); // [B, O]
    const output = target.forward(prepared, { training: true }); // [B, A] or [B, A, N]
    const judge = config.double ? network.forward(prepared, { training: true }) : output;
    return ofActions(output, bestActions(network.values(judge), nextAllowed));
  }

  /** The loss of outputs `[B, A]` or `[B, A, N]` against the next ones, `[B]` or `[B, N]`. */
  private loss(output: Tensor, next: Tensor, batch: QBatch): QLoss {
    const { network, config } = this;
    if (network.support !== undefined) {
      return categoricalLoss(output, next, network.support, batch);
    }
    if (network.returns.kind === "quantile") {
      return quantileLoss(output, next, batch, config.kappa);
    }
    return valueLoss(output, next, batch, config.huberDelta || Number.POSITIVE_INFINITY);
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

  /** Means over the updates since the last call. */
  private readMeasures(): Record<string, number> {
    const sums = this.totals.toTypedArray();
    const [qLoss, qMean, gradNorm] = Array.from(sums, (sum) => sum / this.updates); // NaN without updates
    this.totals.fill(0);
    this.updates = 0;
    return { qLoss, qMean, gradNorm, epsilon: this.epsilon, replaySize: this.collector.size };
  }
}

/** `[B, ...shape]` as `[B, O]`. */
function rowsOf(observations: Tensor): Tensor {
  const [batch] = observations.shape;
  return observations.reshape([batch, observations.size / batch]);
}
