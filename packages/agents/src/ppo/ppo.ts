/**
 * Proximal policy optimisation with a clipped surrogate (Schulman et al. 2017,
 * https://arxiv.org/abs/1707.06347), generalised advantages (Schulman et al. 2016) and the
 * implementation details of Huang et al. 2022.
 *
 *   L = mean max(-A r, -A clip(r, 1 - eps, 1 + eps)) + c_v L_value - c_e H,   r = pi(a|s) / pi_old(a|s)
 *
 * Any action space: the policy head (heads/) knows what outputs mean; forbidden actions are masked. For
 * categorical policies the loss is `ppoLoss` of @carom/tensor, one fused op, else the same in small ops
 * (loss.ts). With a recurrent core, games stay together over the horizon and the states are computed
 * again in the update (Huang et al., LSTM details). Departures: docs/algorithms/ppo.md.
 * Legend: B minibatch, K games in it, T steps, P policy outputs, O observation size.
 * Not here: the rollout buffers (rollout.ts), how they are cut (minibatches.ts), the network
 * (actor-critic.ts), files, screens.
 */
import type { VectorEnvState } from "@carom/envs";
import {
  loadParameters,
  type Optimizer,
  type OptimizerState,
  type ParameterBuffer,
  saveParameters,
} from "@carom/nn";
import {
  capture,
  type Device,
  type PpoCoefficients,
  type PpoLoss,
  ppoCoefficients,
  ppoLoss,
  ppoStats,
  type Recording,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "@carom/tensor";
import type { ActorCritic, Memory } from "../actor-critic.js";
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
import { maskLogits } from "../heads/masking.js";
import { type Collector, createCollectingParts } from "../on-policy.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { packPolicy } from "../policy-state.js";
import type { RolloutBuffers, RolloutState } from "../rollout.js";
import { packState, unpackState } from "../saved-state.js";
import { annealed, annealedLearningRate } from "../schedules.js";
import { type PpoConfig, ppoConfig } from "./config.js";
import { composedPpoLoss } from "./loss.js";
import { Minibatches, type MinibatchRows, type MinibatchState } from "./minibatches.js";
import { stateVersion } from "./policy.js";

/** A PPO trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createPpo(options: TrainerOptions): Trainer {
  return new Ppo(options);
}

/** What `save` packs. */
interface PpoState {
  readonly env: VectorEnvState;
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly optimizer: OptimizerState;
  readonly steps: number;
  readonly rollout: RolloutState;
  readonly minibatches: MinibatchState;
  readonly curiosity: CuriosityState | null;
}

class Ppo implements Trainer {
  readonly env: TrainedGames;
  readonly notes: readonly string[];
  steps = 0;

  private readonly config: PpoConfig;
  private readonly options: TrainerOptions;
  private readonly device: Device;
  private readonly network: ActorCritic;
  private readonly parameters: ParameterBuffer;
  private readonly optimizer: Optimizer;
  private readonly collector: Collector;
  private readonly rollout: RolloutBuffers;
  private readonly minibatches: Minibatches;
  private readonly update: Recording<unknown>;
  private readonly coefficients: Tensor; // [8], see ppoCoefficients
  private readonly totals: Tensor; // [8], sums of the loss's statistics
  private readonly normTotal: Tensor; // [1], sum of gradient norms
  private readonly curiosity: Curiosity | undefined;

  constructor(options: TrainerOptions) {
    const config = ppoConfig(options.config);
    const { device } = options;
    this.config = config;
    this.options = options;
    this.device = device;
    const shape = actorCriticShape("ppo", config);
    const parts = createCollectingParts("ppo", options, config, shape);
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
    this.minibatches = new Minibatches({
      rollout: this.rollout,
      device,
      size: config.minibatch,
      bySegments: shape.core !== undefined || config.priorityAlpha > 0,
      priority: { alpha: config.priorityAlpha, beta: config.priorityBeta },
      key: parts.root.child("shuffle"),
    });
    this.totals = zeros([8], { device });
    this.normTotal = zeros([1], { device });
    this.coefficients = tensor(ppoCoefficients(lossCoefficients(config)), { device });
    const untouched = {
      parameters: this.parameters.flat.toTypedArray(),
      optimizer: this.optimizer.state(),
    };
    this.update = this.recordUpdate();
    // Recording ran it once on empty buffers: take that back.
    this.parameters.flat.write(untouched.parameters);
    this.optimizer.restore(untouched.optimizer);
    this.readStats(1);
    collector.reset();
  }

  iterate(): IterationMetrics {
    const { rollout, collector, config, options } = this;
    const learningRate = annealedLearningRate(config, this.steps, options.totalSteps);
    setLearningRate(this.optimizer, learningRate);
    if (config.annealClip) this.annealClip();
    rollout.collect();
    this.steps += rollout.size;
    const began = seconds();
    collector.estimate();
    this.curiosity?.addAdvantages();
    const updates = this.learn();
    const explainedVariance = collector.explainedVariance();
    return {
      steps: this.steps,
      episodes: collector.takeEpisodes(),
      learningRate,
      measures: { ...this.readStats(updates), explainedVariance, ...this.curiosity?.measures },
      timeGame: rollout.time.game,
      timePolicy: rollout.time.policy,
      timeLearn: seconds() - began,
    };
  }

  save(): SavedState {
    const state: PpoState = {
      env: this.collector.saveGames(),
      parameters: saveParameters(this.network),
      optimizer: this.optimizer.state(),
      steps: this.steps,
      rollout: this.rollout.save(),
      minibatches: this.minibatches.save(),
      curiosity: this.curiosity?.save() ?? null,
    };
    return packState("ppo", stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "ppo",
      version: stateVersion,
      network: this.network,
      env: this.collector.saveStatistics(),
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<PpoState>(state, "ppo", stateVersion);
    loadParameters(this.network, saved.parameters);
    this.optimizer.restore(saved.optimizer);
    this.collector.restoreGames(saved.env);
    this.steps = saved.steps;
    this.rollout.restore(saved.rollout);
    this.minibatches.restore(saved.minibatches);
    if (saved.curiosity) this.curiosity?.restore(saved.curiosity);
  }

  dispose(): void {
    this.update.dispose();
    this.curiosity?.dispose();
    this.minibatches.dispose();
    this.rollout.dispose();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.network.dispose();
    for (const owned of [this.coefficients, this.totals, this.normTotal]) owned.dispose();
  }

  /** The bound of the ratio falls linearly to 0 over the run. */
  private annealClip(): void {
    const { config, options, steps } = this;
    const clip = annealed({ from: config.clip, to: 0, fraction: 1 }, steps, options.totalSteps);
    this.coefficients.write(ppoCoefficients({ ...lossCoefficients(config), clip }));
  }

  /** Replays the recorded minibatch step over every epoch; returns the number of updates. */
  private learn(): number {
    const { config, minibatches } = this;
    let updates = 0;
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      minibatches.begin();
      for (let m = 0; m < minibatches.count; m++) this.update.replay();
      updates += minibatches.count;
      if (config.targetKl > 0 && this.meanKl(updates) > config.targetKl) break;
    }
    return updates;
  }

  /** Records one minibatch step: gather, loss, gradients, clip, optimiser, statistics. */
  private recordUpdate(): Recording<unknown> {
    return capture(
      this.device,
      () => {
        const minibatch = this.minibatches.next();
        const { aux, grads } = valueAndGrad(() => this.loss(minibatch), this.parameters.tensors);
        this.optimizer.step(grads);
        this.totals.copyFrom(this.totals.add(aux.stats));
        this.normTotal.copyFrom(this.normTotal.add(this.optimizer.gradNorm));
      },
      { name: "update" },
    );
  }

  /** The loss of one minibatch. */
  private loss({ rows, segments, weight }: MinibatchRows): PpoLoss {
    const { rollout, network, coefficients, config } = this;
    const prepared = rollout.observations.indexSelect(rows); // [B, O]
    const { policy, value } = network.forward(prepared, this.memory(rows, segments)); // [B, P], [B]
    const mask = rollout.masks?.indexSelect(rows).notEqual(0); // [B, P]
    const action = rollout.actions.indexSelect(rows); // [B] or [B, A]
    const advantage = rollout.advantages.indexSelect(rows); // [B], as all of these
    const batch = {
      oldLogProb: rollout.logProbs.indexSelect(rows),
      advantage: weight === undefined ? advantage : advantage.mul(weight),
      returns: rollout.returns.indexSelect(rows),
      oldValue: rollout.values.indexSelect(rows),
    };
    if (network.head.kind === "categorical") {
      return ppoLoss({ logits: maskLogits(policy, mask), value, action, ...batch, coefficients });
    }
    const outlook = { value, ...network.head.evaluate(policy, action, mask) };
    const clip = coefficients.slice(0); // []
    return composedPpoLoss(outlook, batch, { ...lossCoefficients(config), clip });
  }

  /** What the recurrent core needs for the sequences of a minibatch; undefined without one. */
  private memory(rows: Tensor, segments: Tensor | undefined): Memory | undefined {
    const { rollout } = this;
    if (segments === undefined || rollout.firstMemory === undefined) return undefined;
    const reset = rollout.starts.indexSelect(rows).notEqual(0); // [T * K]
    return {
      state: rollout.firstMemory.indexSelect(segments), // [K, S]
      reset: reset.reshape([rollout.horizon, segments.size]),
    };
  }

  /** Mean approximate KL of the updates since the statistics were last read. */
  private meanKl(updates: number): number {
    return this.totals.toTypedArray()[ppoStats.indexOf("approxKl")] / updates;
  }

  /** Means of the loss's statistics over `updates`, which are then reset. */
  private readStats(updates: number): Record<(typeof measured)[number] | "gradNorm", number> {
    const sums = this.totals.toTypedArray();
    const gradNorm = this.normTotal.toTypedArray()[0] / updates;
    this.totals.write(new Float32Array(8));
    this.normTotal.write(new Float32Array(1));
    const means = measured.map((name) => [name, sums[ppoStats.indexOf(name)] / updates]);
    return { ...Object.fromEntries(means), gradNorm };
  }
}

/** The loss's statistics that are reported. */
const measured = ["policyLoss", "valueLoss", "entropy", "approxKl", "clipFraction"] as const;

/** The coefficients of the loss, from the configuration. */
function lossCoefficients(config: PpoConfig): PpoCoefficients {
  return {
    clip: config.clip,
    valueClip: config.valueClip,
    entropyCoef: config.entropyCoef,
    valueCoef: config.valueCoef,
    normalizeAdvantage: config.normalizeAdvantages,
  };
}
