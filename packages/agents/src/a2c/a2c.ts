/**
 * Advantage actor-critic, the synchronous form of A3C (Mnih et al. 2016,
 * https://arxiv.org/abs/1602.01783): every rollout is one batch, one gradient step, and is forgotten.
 *
 *   L = -mean A log pi(a|s) + c_v mean (V(s) - G)^2 / 2 - c_e H
 *
 * With lambda = 1, G is the n-step return to the end of the rollout, at most T steps, and A = G - V(s).
 * Any action space, masks and a recurrent core, as in PPO. Departures: docs/algorithms/a2c.md.
 * Legend: B = T * N samples of a rollout, T steps, N games.
 * Not here: the loss (policy-gradient-loss.ts), the rollout as one batch (whole-rollout.ts), collecting (rollout.ts).
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
import type { ActorCritic } from "../actor-critic.js";
import { actorCriticShape } from "../actor-critic-config.js";
import type {
  IterationMetrics,
  SavedState,
  TrainedGames,
  Trainer,
  TrainerOptions,
} from "../agent.js";
import { seconds } from "../clock.js";
import { type Curiosity, type CuriosityState, createCuriosity } from "../curiosity/rnd.js";
import { type Collector, createCollectingParts } from "../on-policy.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { policyGradientLoss, policyGradientStats } from "../policy-gradient-loss.js";
import { packPolicy } from "../policy-state.js";
import type { RolloutBuffers, RolloutState } from "../rollout.js";
import { packState, unpackState } from "../saved-state.js";
import { annealedLearningRate } from "../schedules.js";
import { standardized } from "../standardized.js";
import { type A2cConfig, a2cConfig } from "./config.js";
import { stateVersion } from "./policy.js";
import { assessRollout } from "./whole-rollout.js";

/** An A2C trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createA2c(options: TrainerOptions): Trainer {
  return new A2c(options);
}

/** What `save` packs. */
interface A2cState {
  readonly env: VectorEnvState;
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly optimizer: OptimizerState;
  readonly steps: number;
  readonly rollout: RolloutState;
  readonly curiosity: CuriosityState | null;
}

class A2c implements Trainer {
  readonly env: TrainedGames;
  readonly notes: readonly string[];
  steps = 0;

  private readonly config: A2cConfig;
  private readonly options: TrainerOptions;
  private readonly network: ActorCritic;
  private readonly parameters: ParameterBuffer;
  private readonly optimizer: Optimizer;
  private readonly collector: Collector;
  private readonly rollout: RolloutBuffers;
  private readonly update: Recording<unknown>;
  private readonly stats: Tensor; // [3], see policyGradientStats
  private readonly curiosity: Curiosity | undefined;

  constructor(options: TrainerOptions) {
    const config = a2cConfig(options.config);
    this.config = config;
    this.options = options;
    const shape = actorCriticShape("a2c", config);
    const parts = createCollectingParts("a2c", options, config, shape);
    const { collector } = parts;
    this.collector = collector;
    this.env = collector.env;
    this.notes = collector.notes;
    this.network = parts.network;
    this.parameters = parts.parameters;
    this.rollout = collector.rollout;
    const { host } = collector;
    this.curiosity = host && createCuriosity(config, { ...parts, ...host, ...options, shape });
    this.optimizer = createOptimizer(this.parameters, config);
    this.stats = zeros([policyGradientStats.length], { device: options.device });
    const untouched = {
      parameters: this.parameters.flat.toTypedArray(),
      optimizer: this.optimizer.state(),
    };
    this.update = this.recordUpdate();
    // Recording ran it once on empty buffers: take that back.
    this.parameters.flat.write(untouched.parameters);
    this.optimizer.restore(untouched.optimizer);
    collector.reset();
  }

  iterate(): IterationMetrics {
    const { rollout, collector, config, options } = this;
    const learningRate = annealedLearningRate(config, this.steps, options.totalSteps);
    setLearningRate(this.optimizer, learningRate);
    rollout.collect();
    this.steps += rollout.size;
    const began = seconds();
    collector.estimate();
    this.curiosity?.addAdvantages();
    this.update.replay();
    const explainedVariance = collector.explainedVariance();
    return {
      steps: this.steps,
      episodes: collector.takeEpisodes(),
      learningRate,
      measures: { ...this.readStats(), explainedVariance, ...this.curiosity?.measures },
      timeGame: rollout.time.game,
      timePolicy: rollout.time.policy,
      timeLearn: seconds() - began,
    };
  }

  save(): SavedState {
    const state: A2cState = {
      env: this.collector.saveGames(),
      parameters: saveParameters(this.network),
      optimizer: this.optimizer.state(),
      steps: this.steps,
      rollout: this.rollout.save(),
      curiosity: this.curiosity?.save() ?? null,
    };
    return packState("a2c", stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "a2c",
      version: stateVersion,
      network: this.network,
      env: this.collector.saveStatistics(),
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<A2cState>(state, "a2c", stateVersion);
    loadParameters(this.network, saved.parameters);
    this.optimizer.restore(saved.optimizer);
    this.collector.restoreGames(saved.env);
    this.steps = saved.steps;
    this.rollout.restore(saved.rollout);
    if (saved.curiosity) this.curiosity?.restore(saved.curiosity);
  }

  dispose(): void {
    this.update.dispose();
    this.curiosity?.dispose();
    this.rollout.dispose();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.network.dispose();
    this.stats.dispose();
  }

  /** Records the gradient step: loss over the whole rollout, gradients, clip, optimiser, statistics. */
  private recordUpdate(): Recording<unknown> {
    const { config, rollout, network } = this;
    return capture(this.options.device, () => {
      const { advantages, returns } = rollout; // [B]
      const advantage = config.normalizeAdvantages ? standardized(advantages) : advantages;
      const { aux, grads } = valueAndGrad(() => {
        return policyGradientLoss(assessRollout(network, rollout), { advantage, returns }, config);
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
