/**
 * Proximal policy optimisation with a clipped surrogate (Schulman et al. 2017,
 * https://arxiv.org/abs/1707.06347), generalised advantages (Schulman et al. 2016) and the
 * implementation details of Huang et al. 2022.
 *
 *   L = mean max(-A r, -A clip(r, 1 - eps, 1 + eps)) + c_v L_value - c_e H,   r = pi(a|s) / pi_old(a|s)
 *
 * The loss itself is `ppoLoss` of @carom/tensor (one fused op; `loss.ts` beside this file spells it out
 * in small ops and a test compares the two). Departures: docs/algorithms/ppo.md.
 * Legend: B minibatch, M minibatches per epoch, A actions, O observation size.
 * Not here: the rollout buffers (rollout.ts), the network (actor-critic.ts), files, screens.
 */
import { key, type VectorEnv, type VectorEnvState } from "@carom/envs";
import {
  Adam,
  type AdamState,
  flatten,
  loadParameters,
  type ParameterBuffer,
  saveParameters,
} from "@carom/nn";
import {
  capture,
  type Device,
  increment,
  type PpoCoefficients,
  ppoCoefficients,
  ppoLoss,
  ppoStats,
  RandomState,
  type RandomWords,
  type Recording,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "@carom/tensor";
import { ActorCritic, createActorCriticPolicy } from "../actor-critic.js";
import type {
  IterationMetrics,
  Policy,
  PolicyOptions,
  SavedState,
  Trainer,
  TrainerOptions,
} from "../agent.js";
import { seconds } from "../clock.js";
import { AgentError } from "../errors.js";
import { createTrainingEnv } from "../games.js";
import { gae } from "../math/gae.js";
import { explainedVariance } from "../math/statistics.js";
import { networkShape } from "../network-config.js";
import { Rollout } from "../rollout.js";
import { packState, unpackState } from "../saved-state.js";
import { type PpoConfig, ppoConfig } from "./config.js";

/** A PPO trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createPpo(options: TrainerOptions): Trainer {
  return new Ppo(options);
}

/** The policy of a saved PPO state. @throws AgentError FOREIGN_STATE */
export function createPpoPolicy(options: PolicyOptions): Policy {
  return createActorCriticPolicy("ppo", options, networkShape("ppo", ppoConfig(options.config)));
}

/** What `save` packs. */
interface PpoState {
  readonly env: VectorEnvState;
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly optimizer: AdamState;
  readonly steps: number;
  readonly actionRandom: RandomWords[];
  readonly shuffleRandom: RandomWords;
}

class Ppo implements Trainer {
  readonly env: VectorEnv;
  steps = 0;

  private readonly config: PpoConfig;
  private readonly options: TrainerOptions;
  private readonly device: Device;
  private readonly network: ActorCritic;
  private readonly parameters: ParameterBuffer;
  private readonly optimizer: Adam;
  private readonly rollout: Rollout;
  private readonly shuffler: RandomState;
  private readonly shuffle: Recording<{ order: Tensor }>;
  private readonly update: Recording<unknown>;
  private readonly minibatches: number;
  private readonly coefficients: Tensor; // [8], see ppoCoefficients
  private readonly cursor: Tensor; // int32 [1], the next minibatch of the epoch
  private readonly totals: Tensor; // [8], sums of the loss's statistics
  private readonly normTotal: Tensor; // [1], sum of gradient norms
  private episodes = 0;

  constructor(options: TrainerOptions) {
    const config = ppoConfig(options.config);
    this.config = config;
    this.options = options;
    this.device = options.device;
    const { device } = this;
    const root = key(options.seed);
    this.minibatches = countMinibatches(config);
    this.env = createTrainingEnv("ppo", options, config.envs, root.child("games"), (record) => {
      this.episodes++;
      options.onEpisode?.(record);
    });
    this.network = new ActorCritic({
      spec: this.env.spec,
      device,
      key: root.child("network"),
      ...networkShape("ppo", config),
    });
    this.parameters = flatten(this.network);
    this.optimizer = new Adam(this.parameters, {
      lr: config.learningRate,
      eps: config.adamEps,
      maxGradNorm: config.maxGradNorm,
    });
    this.rollout = new Rollout({
      env: this.env,
      network: this.network,
      device,
      horizon: config.horizon,
      rewardClip: config.rewardClip,
      key: root.child("actions"),
    });
    this.cursor = tensor([0], { dtype: "int32", device });
    this.totals = zeros([8], { device });
    this.normTotal = zeros([1], { device });
    this.shuffler = new RandomState(root.child("shuffle").words, { device });
    this.coefficients = tensor(ppoCoefficients(lossCoefficients(config)), { device });
    const untouched = {
      parameters: this.parameters.flat.toTypedArray(),
      optimizer: this.optimizer.state(),
    };
    this.shuffle = this.recordShuffle();
    this.update = this.recordUpdate();
    // Recording ran both once on empty buffers: take that back.
    this.parameters.flat.write(untouched.parameters);
    this.optimizer.restore(untouched.optimizer);
    this.shuffler.restore([...root.child("shuffle").words, 0, 0]);
    this.readStats(1);
    this.env.reset();
  }

  iterate(): IterationMetrics {
    const { rollout } = this;
    const learningRate = this.learningRate();
    this.optimizer.configure({ lr: learningRate });
    this.episodes = 0;
    rollout.collect();
    this.steps += rollout.size;
    const began = seconds();
    this.estimateAdvantages();
    const variance = explainedVariance(rollout.host.values, rollout.host.returns);
    const updates = this.learn();
    const { policyLoss, valueLoss, entropy, approxKl, clipFraction, gradNorm } =
      this.readStats(updates);
    return {
      steps: this.steps,
      episodes: this.episodes,
      policyLoss,
      valueLoss,
      entropy,
      approxKl,
      clipFraction,
      explainedVariance: variance,
      gradNorm,
      learningRate,
      timeGame: rollout.time.game,
      timePolicy: rollout.time.policy,
      timeLearn: seconds() - began,
    };
  }

  save(): SavedState {
    return packState("ppo", 1, {
      env: this.env.save(),
      parameters: saveParameters(this.network),
      optimizer: this.optimizer.state(),
      steps: this.steps,
      actionRandom: this.rollout.saveRandom(),
      shuffleRandom: this.shuffler.toWords(),
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<PpoState>(state, "ppo", 1);
    loadParameters(this.network, saved.parameters);
    this.optimizer.restore(saved.optimizer);
    this.env.restore(saved.env);
    this.steps = saved.steps;
    this.rollout.restoreRandom(saved.actionRandom);
    this.shuffler.restore(saved.shuffleRandom);
  }

  dispose(): void {
    this.update.dispose();
    this.shuffle.dispose();
    this.rollout.dispose();
    this.shuffler.dispose();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.network.dispose();
    const { coefficients, cursor, totals, normTotal } = this;
    for (const owned of [coefficients, cursor, totals, normTotal]) owned.dispose();
  }

  /** Linear from `learningRate` to `finalLearningRate` over the run's steps. */
  private learningRate(): number {
    const { learningRate, finalLearningRate } = this.config;
    const progress = Math.min(1, this.steps / this.options.totalSteps);
    return learningRate + (finalLearningRate - learningRate) * progress;
  }

  /** Advantages and returns of the rollout, one group of games after the other. */
  private estimateAdvantages(): void {
    const { rollout, config } = this;
    const { horizon, groupSize: count, host } = rollout;
    const block = horizon * count;
    for (let g = 0; g < rollout.groups; g++) {
      const [from, to] = [g * block, (g + 1) * block];
      gae(
        {
          horizon,
          count,
          gamma: config.gamma,
          lambda: config.lambda,
          rewards: host.rewards.subarray(from, to),
          values: host.values.subarray(from, to),
          lastValues: host.lastValues.subarray(g * count, (g + 1) * count),
          terminated: host.terminated.subarray(from, to),
          truncated: host.truncated.subarray(from, to),
          finalValues: host.finalValues.subarray(from, to),
        },
        host.advantages.subarray(from, to),
        host.returns.subarray(from, to),
      );
    }
  }

  /** Replays the recorded minibatch step over every epoch; returns the number of updates. */
  private learn(): number {
    const { config, minibatches } = this;
    let updates = 0;
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      this.shuffle.replay();
      for (let m = 0; m < minibatches; m++) this.update.replay();
      updates += minibatches;
      if (config.targetKl > 0 && this.meanKl(updates) > config.targetKl) break;
    }
    return updates;
  }

  /** Records the start of an epoch: a new order of the samples, first minibatch next. */
  private recordShuffle(): Recording<{ order: Tensor }> {
    return capture(this.device, () => {
      this.cursor.fill(0);
      return { order: this.shuffler.permutation(this.rollout.size) }; // [M * B]
    });
  }

  /** Records one minibatch step: gather, loss, gradients, clip, Adam, statistics. */
  private recordUpdate(): Recording<unknown> {
    const { config, rollout, network, minibatches, cursor, coefficients } = this;
    const batches = this.shuffle.outputs.order.reshape([minibatches, config.minibatch]); // [M, B]
    return capture(this.device, () => {
      const rows = batches.indexSelect(cursor).reshape([config.minibatch]); // [B]
      const observation = rollout.observations.indexSelect(rows); // [B, O]
      const batch = {
        action: rollout.actions.indexSelect(rows), // [B], as all of these
        oldLogProb: rollout.logProbs.indexSelect(rows),
        advantage: rollout.advantages.indexSelect(rows),
        returns: rollout.returns.indexSelect(rows),
        oldValue: rollout.values.indexSelect(rows),
      };
      const { aux, grads } = valueAndGrad(() => {
        const { logits, value } = network.forward(observation); // [B, A], [B]
        return ppoLoss({ logits, value, ...batch, coefficients });
      }, this.parameters.tensors);
      this.optimizer.step(grads);
      this.totals.copyFrom(this.totals.add(aux.stats));
      this.normTotal.copyFrom(this.normTotal.add(this.optimizer.gradNorm));
      increment(cursor);
    });
  }

  /** Mean approximate KL of the updates since the statistics were last read. */
  private meanKl(updates: number): number {
    return this.totals.toTypedArray()[ppoStats.indexOf("approxKl")] / updates;
  }

  /** Means of the loss's statistics over `updates`, which are then reset. */
  private readStats(updates: number): Record<(typeof ppoStats)[number] | "gradNorm", number> {
    const sums = this.totals.toTypedArray();
    const gradNorm = this.normTotal.toTypedArray()[0] / updates;
    this.totals.write(new Float32Array(8));
    this.normTotal.write(new Float32Array(1));
    const means = ppoStats.map((name, i) => [name, sums[i] / updates]);
    return { ...Object.fromEntries(means), gradNorm };
  }
}

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

/** Minibatches per epoch. @throws AgentError BAD_VALUE when they do not divide the rollout evenly. */
function countMinibatches(config: PpoConfig): number {
  const size = config.envs * config.horizon;
  if (size % config.minibatch === 0) return size / config.minibatch;
  throw new AgentError(
    "BAD_VALUE",
    `ppo: minibatch must divide envs x horizon (got ${config.minibatch}, expected a divisor of ${config.envs} x ${config.horizon} = ${size})`,
  );
}
