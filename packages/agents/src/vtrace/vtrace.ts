/**
 * Actor-critic with actors that lag behind the learner, corrected by V-trace (Espeholt et al. 2018,
 * "IMPALA", https://arxiv.org/abs/1802.01561).
 *
 *   L = -mean A log pi(a|s) + c_v mean (V(s) - v)^2 / 2 - c_e H
 *
 * Actors play by mu, a copy of the learner's network that is up to `actorLag` updates old; the learner
 * says how readily its own policy pi would have done the same, and math/vtrace.ts makes advantages A and
 * targets v of that. With lag 0 pi is mu, and the update is that of A2C. Departures:
 * docs/algorithms/vtrace.md. Legend: B = T * N samples of a rollout, T steps, N games.
 * Not here: games, rollouts and what the learner says of them (collector.ts); actors in other processes, as the lag is
 * that of their parameters, not of a queue.
 */
import type { VectorEnvState } from "@carom/envs";
import {
  loadParameters,
  type Optimizer,
  type OptimizerState,
  type ParameterBuffer,
  saveParameters,
} from "@carom/nn";
import { capture, type Recording, type Tensor, valueAndGrad, zeros } from "@carom/tensor";
import { assessRollout } from "../a2c/whole-rollout.js";
import type { ActorCritic } from "../actor-critic.js";
import type {
  IterationMetrics,
  SavedState,
  TrainedGames,
  Trainer,
  TrainerOptions,
} from "../agent.js";
import { seconds } from "../clock.js";
import type { Collector } from "../on-policy.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { policyGradientLoss, policyGradientStats } from "../policy-gradient-loss.js";
import { packPolicy } from "../policy-state.js";
import type { RolloutBuffers, RolloutState } from "../rollout.js";
import { packState, unpackState } from "../saved-state.js";
import { annealedLearningRate } from "../schedules.js";
import { createVtraceParts, type VtraceParts } from "./collector.js";
import { type VtraceConfig, vtraceConfig } from "./config.js";
import { stateVersion } from "./policy.js";

/** A V-trace trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createVtrace(options: TrainerOptions): Trainer {
  return new Vtrace(options);
}

/** What `save` packs. */
interface VtraceState {
  readonly env: VectorEnvState;
  /** The learner's. */
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly optimizer: OptimizerState;
  readonly steps: number;
  readonly rollout: RolloutState;
  readonly actors: ReturnType<typeof saveParameters>;
  /** Updates since the actors' parameters were copied. */
  readonly age: number;
}

class Vtrace implements Trainer {
  readonly env: TrainedGames;
  readonly notes: readonly string[];
  steps = 0;

  private readonly config: VtraceConfig;
  private readonly options: TrainerOptions;
  private readonly parts: VtraceParts;
  private readonly actors: ActorCritic;
  private readonly actorParameters: ParameterBuffer;
  private readonly learner: ActorCritic;
  private readonly parameters: ParameterBuffer;
  private readonly optimizer: Optimizer;
  private readonly collector: Collector;
  private readonly rollout: RolloutBuffers;
  private readonly update: Recording<unknown>;
  private readonly stats: Tensor; // [3], see policyGradientStats
  private age = 0;

  constructor(options: TrainerOptions) {
    const config = vtraceConfig(options.config);
    this.config = config;
    this.options = options;
    this.parts = createVtraceParts(options, config);
    const { collector, network, parameters, learner, learnerParameters } = this.parts;
    this.collector = collector;
    this.env = collector.env;
    this.notes = collector.notes;
    this.rollout = collector.rollout;
    this.actors = network;
    this.actorParameters = parameters;
    this.learner = learner;
    this.parameters = learnerParameters;
    this.parameters.flat.copyFrom(this.actorParameters.flat);
    this.optimizer = createOptimizer(this.parameters, config);
    this.stats = zeros([policyGradientStats.length], { device: options.device });
    const untouched = this.optimizer.state();
    this.update = this.recordUpdate();
    // Recording ran it once on empty buffers: take that back.
    this.parameters.flat.copyFrom(this.actorParameters.flat);
    this.optimizer.restore(untouched);
    collector.reset();
  }

  iterate(): IterationMetrics {
    const { rollout, collector, config, options } = this;
    const learningRate = annealedLearningRate(config, this.steps, options.totalSteps);
    setLearningRate(this.optimizer, learningRate);
    if (this.age > config.actorLag) this.refreshActors();
    rollout.collect();
    this.steps += rollout.size;
    const began = seconds();
    collector.estimate();
    this.update.replay();
    const explainedVariance = collector.explainedVariance();
    this.age += 1;
    return {
      steps: this.steps,
      episodes: collector.takeEpisodes(),
      learningRate,
      measures: { ...this.readStats(), ...this.parts.ratios(), explainedVariance },
      timeGame: rollout.time.game,
      timePolicy: rollout.time.policy,
      timeLearn: seconds() - began,
    };
  }

  save(): SavedState {
    const state: VtraceState = {
      env: this.collector.saveGames(),
      parameters: saveParameters(this.learner),
      optimizer: this.optimizer.state(),
      steps: this.steps,
      rollout: this.rollout.save(),
      actors: saveParameters(this.actors),
      age: this.age,
    };
    return packState("vtrace", stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "vtrace",
      version: stateVersion,
      network: this.learner,
      env: this.collector.saveStatistics(),
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<VtraceState>(state, "vtrace", stateVersion);
    loadParameters(this.learner, saved.parameters);
    loadParameters(this.actors, saved.actors);
    this.optimizer.restore(saved.optimizer);
    this.collector.restoreGames(saved.env);
    this.steps = saved.steps;
    this.rollout.restore(saved.rollout);
    this.age = saved.age;
  }

  dispose(): void {
    this.update.dispose();
    this.parts.dispose();
    this.rollout.dispose();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.actorParameters.dispose();
    this.learner.dispose();
    this.actors.dispose();
    this.stats.dispose();
  }

  /** The actors get the learner's parameters. */
  private refreshActors(): void {
    this.actorParameters.flat.copyFrom(this.parameters.flat);
    this.age = 0;
  }

  /** Records the gradient step: loss over the whole rollout, gradients, clip, optimiser, statistics. */
  private recordUpdate(): Recording<unknown> {
    const { config, rollout, learner } = this;
    return capture(this.options.device, () => {
      const batch = { advantage: rollout.advantages, returns: rollout.returns }; // [B] each
      const { aux, grads } = valueAndGrad(() => {
        return policyGradientLoss(assessRollout(learner, rollout), batch, config);
      }, this.parameters.tensors);
      this.optimizer.step(grads);
      this.stats.copyFrom(aux.stats);
    });
  }

  /** What the last update measured. */
  private readStats(): Record<(typeof policyGradientStats)[number] | "gradNorm", number> {
    const [policyLoss, valueLoss, entropy] = this.stats.toTypedArray();
    return { policyLoss, valueLoss, entropy, gradNorm: this.optimizer.gradNorm.toTypedArray()[0] };
  }
}
