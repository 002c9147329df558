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
 * Not here: actors in other processes; the lag is that of their parameters, not of a queue.
 */
import type { VectorEnv, VectorEnvState } from "@carom/envs";
import {
  flatten,
  loadParameters,
  type Optimizer,
  type OptimizerState,
  type ParameterBuffer,
  saveParameters,
} from "@carom/nn";
import { capture, type Recording, type Tensor, valueAndGrad, zeros } from "@carom/tensor";
import { assessRollout } from "../a2c/whole-rollout.js";
import { ActorCritic } from "../actor-critic.js";
import { actorCriticShape } from "../actor-critic-config.js";
import { createActorCriticPolicy } from "../actor-critic-policy.js";
import type {
  IterationMetrics,
  Policy,
  PolicyOptions,
  SavedState,
  Trainer,
  TrainerOptions,
} from "../agent.js";
import { seconds } from "../clock.js";
import { vtrace } from "../math/vtrace.js";
import { createOnPolicyParts, eachGroup, rolloutExplainedVariance } from "../on-policy.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { policyGradientLoss, policyGradientStats } from "../policy-gradient-loss.js";
import type { Rollout, RolloutState } from "../rollout.js";
import { packState, unpackState } from "../saved-state.js";
import { annealedLearningRate } from "../schedules.js";
import { type VtraceConfig, vtraceConfig } from "./config.js";
import { LearnerView } from "./learner-view.js";
import { ratioMeasures } from "./ratios.js";

/** A V-trace trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createVtrace(options: TrainerOptions): Trainer {
  return new Vtrace(options);
}

/** The policy of a saved V-trace state: the learner's. @throws AgentError FOREIGN_STATE */
export function createVtracePolicy(options: PolicyOptions): Policy {
  const shape = actorCriticShape("vtrace", vtraceConfig(options.config));
  return createActorCriticPolicy("vtrace", options, shape);
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

/** Layout of {@link VtraceState}. */
const stateVersion = 1;

class Vtrace implements Trainer {
  readonly env: VectorEnv;
  steps = 0;

  private readonly config: VtraceConfig;
  private readonly options: TrainerOptions;
  private readonly actors: ActorCritic;
  private readonly actorParameters: ParameterBuffer;
  private readonly learner: ActorCritic;
  private readonly parameters: ParameterBuffer;
  private readonly optimizer: Optimizer;
  private readonly rollout: Rollout;
  private readonly view: LearnerView;
  private readonly update: Recording<unknown>;
  private readonly stats: Tensor; // [3], see policyGradientStats
  private readonly takeEpisodes: () => number;
  private age = 0;

  constructor(options: TrainerOptions) {
    const config = vtraceConfig(options.config);
    const { device, createEncoder } = options;
    this.config = config;
    this.options = options;
    const shape = actorCriticShape("vtrace", config);
    const parts = createOnPolicyParts("vtrace", options, config, shape);
    const { env, rollout, root } = parts;
    this.env = env;
    this.actors = parts.network;
    this.actorParameters = parts.parameters;
    this.rollout = rollout;
    this.takeEpisodes = parts.takeEpisodes;
    const weights = { spec: env.spec, device, key: root.child("network"), createEncoder };
    this.learner = new ActorCritic({ ...weights, ...shape });
    this.parameters = flatten(this.learner);
    this.parameters.flat.copyFrom(this.actorParameters.flat);
    this.optimizer = createOptimizer(this.parameters, config);
    this.stats = zeros([policyGradientStats.length], { device });
    this.view = new LearnerView({ env, rollout, network: this.learner, device });
    const untouched = this.optimizer.state();
    this.update = this.recordUpdate();
    // Recording ran it once on empty buffers: take that back.
    this.parameters.flat.copyFrom(this.actorParameters.flat);
    this.optimizer.restore(untouched);
    this.env.reset();
  }

  iterate(): IterationMetrics {
    const { rollout, config, options, view } = this;
    const learningRate = annealedLearningRate(config, this.steps, options.totalSteps);
    setLearningRate(this.optimizer, learningRate);
    if (this.age > config.actorLag) this.refreshActors();
    rollout.collect();
    this.steps += rollout.size;
    const began = seconds();
    view.refresh();
    this.estimate();
    const explainedVariance = rolloutExplainedVariance(rollout);
    this.update.replay();
    this.age += 1;
    return {
      steps: this.steps,
      episodes: this.takeEpisodes(),
      learningRate,
      measures: { ...this.readStats(), ...ratioMeasures(view, config.rhoBar), explainedVariance },
      timeGame: rollout.time.game,
      timePolicy: rollout.time.policy,
      timeLearn: seconds() - began,
    };
  }

  save(): SavedState {
    const state: VtraceState = {
      env: this.env.save(),
      parameters: saveParameters(this.learner),
      optimizer: this.optimizer.state(),
      steps: this.steps,
      rollout: this.rollout.save(),
      actors: saveParameters(this.actors),
      age: this.age,
    };
    return packState("vtrace", stateVersion, state);
  }

  restore(state: SavedState): void {
    const saved = unpackState<VtraceState>(state, "vtrace", stateVersion);
    loadParameters(this.learner, saved.parameters);
    loadParameters(this.actors, saved.actors);
    this.optimizer.restore(saved.optimizer);
    this.env.restore(saved.env);
    this.steps = saved.steps;
    this.rollout.restore(saved.rollout);
    this.age = saved.age;
  }

  dispose(): void {
    this.update.dispose();
    this.view.dispose();
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

  /** Advantages and value targets of the rollout, by the learner's values and the ratios. */
  private estimate(): void {
    const { rollout, config, view } = this;
    const { gamma, lambda, rhoBar, cBar } = config;
    let from = 0;
    eachGroup(rollout, (group, advantages, targets) => {
      const to = from + advantages.length;
      const behaviourLogProbs = view.behaviourLogProbs.subarray(from, to);
      const targetLogProbs = view.targetLogProbs.subarray(from, to);
      const settings = { gamma, lambda, rhoBar, cBar };
      vtrace({ ...group, behaviourLogProbs, targetLogProbs, ...settings }, advantages, targets);
      from = to;
    });
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
