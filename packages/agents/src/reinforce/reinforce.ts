/**
 * REINFORCE with a learned baseline (Williams 1992; Sutton and Barto 2018, section 13.4).
 *
 *   L = -mean (G_t - V(s_t)) log pi(a_t | s_t) + c_v mean (V(s_t) - G_t)^2 / 2 - c_e H
 *
 * Every game plays exactly one episode per iteration, so long and short episodes are seen as often as
 * they happen; a batch is all their steps, its size differs each time, so tensors run eagerly here.
 * An episode cut by the time limit continues with V(final observation); one that ended does not.
 * Departures: docs/algorithms/reinforce.md. Legend: B steps of the batch, A actions, O observation size.
 * Not here: clipping, several passes over the data (that is PPO).
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
  categoricalSample,
  type Device,
  RandomState,
  type RandomWords,
  scope,
  type Tensor,
  tensor,
  valueAndGrad,
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
import { createTrainingEnv } from "../games.js";
import { discountedReturns } from "../math/returns.js";
import { explainedVariance } from "../math/statistics.js";
import { networkShape } from "../network-config.js";
import { packState, unpackState } from "../saved-state.js";
import { type ReinforceConfig, reinforceConfig } from "./config.js";
import { EpisodeBatch } from "./episode-batch.js";
import { reinforceLoss } from "./loss.js";

/** A REINFORCE trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createReinforce(options: TrainerOptions): Trainer {
  return new Reinforce(options);
}

/** The policy of a saved REINFORCE state. @throws AgentError FOREIGN_STATE */
export function createReinforcePolicy(options: PolicyOptions): Policy {
  return createActorCriticPolicy(
    "reinforce",
    options,
    networkShape("reinforce", reinforceConfig(options.config)),
  );
}

/** What `save` packs. */
interface ReinforceState {
  readonly env: VectorEnvState;
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly optimizer: AdamState;
  readonly steps: number;
  readonly random: RandomWords;
}

class Reinforce implements Trainer {
  readonly env: VectorEnv;
  steps = 0;

  private readonly config: ReinforceConfig;
  private readonly options: TrainerOptions;
  private readonly device: Device;
  private readonly network: ActorCritic;
  private readonly parameters: ParameterBuffer;
  private readonly optimizer: Adam;
  private readonly random: RandomState;
  private readonly batch: EpisodeBatch;

  constructor(options: TrainerOptions) {
    const config = reinforceConfig(options.config);
    this.config = config;
    this.options = options;
    this.device = options.device;
    const { device } = this;
    const root = key(options.seed);
    this.env = createTrainingEnv("reinforce", options, config.envs, root.child("games"), (record) =>
      options.onEpisode?.(record),
    );
    const network = {
      spec: this.env.spec,
      device,
      key: root.child("network"),
      ...networkShape("reinforce", config),
    };
    this.network = new ActorCritic(network);
    this.parameters = flatten(this.network);
    this.optimizer = new Adam(this.parameters, {
      lr: config.learningRate,
      maxGradNorm: config.maxGradNorm,
    });
    this.random = new RandomState(root.child("actions").words, { device });
    this.batch = new EpisodeBatch(config.envs, this.env.spec.observation.size, config.rewardClip);
    this.env.reset();
  }

  iterate(): IterationMetrics {
    const learningRate = this.learningRate();
    this.optimizer.configure({ lr: learningRate });
    const time = this.playEpisodes();
    this.steps += this.batch.size;
    const began = seconds();
    const learned = scope(() => this.learn());
    return {
      steps: this.steps,
      episodes: this.config.envs,
      ...learned,
      approxKl: 0, // one pass over fresh data: the policy is the one that acted
      clipFraction: 0,
      learningRate,
      timeGame: time.game,
      timePolicy: time.policy,
      timeLearn: seconds() - began,
    };
  }

  save(): SavedState {
    return packState("reinforce", 1, {
      env: this.env.save(),
      parameters: saveParameters(this.network),
      optimizer: this.optimizer.state(),
      steps: this.steps,
      random: this.random.toWords(),
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<ReinforceState>(state, "reinforce", 1);
    loadParameters(this.network, saved.parameters);
    this.optimizer.restore(saved.optimizer);
    this.env.restore(saved.env);
    this.steps = saved.steps;
    this.random.restore(saved.random);
  }

  dispose(): void {
    this.random.dispose();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.network.dispose();
  }

  /** Linear from `learningRate` to `finalLearningRate` over the run's steps. */
  private learningRate(): number {
    const { learningRate, finalLearningRate } = this.config;
    const progress = Math.min(1, this.steps / this.options.totalSteps);
    return learningRate + (finalLearningRate - learningRate) * progress;
  }

  /** One episode of every game into `batch`; games that have finished wait for the others. */
  private playEpisodes(): { game: number; policy: number } {
    const { env, batch } = this;
    const time = { game: 0, policy: 0 };
    batch.clear();
    while (batch.unfinished > 0) {
      const began = seconds();
      scope(() => this.act());
      const acted = seconds();
      batch.step(env);
      time.policy += acted - began;
      time.game += seconds() - acted;
    }
    return time;
  }

  /** Samples an action for every game. */
  private act(): void {
    const { env, network, device, random } = this;
    const shape = [env.count, env.spec.observation.size];
    const observation = network.scale(tensor(env.observations, { shape, device })); // [N, O]
    const { action } = categoricalSample(network.forward(observation).logits, random); // [N]
    action.read(env.actions);
  }

  /** One gradient step on the batch of complete episodes. */
  private learn(): Pick<
    IterationMetrics,
    "policyLoss" | "valueLoss" | "entropy" | "gradNorm" | "explainedVariance"
  > {
    const { batch, device, config, network } = this;
    const { observations, actions, size } = batch.steps();
    const shape = [size, this.env.spec.observation.size];
    const observation = network.scale(tensor(observations, { shape, device })); // [B, O]
    const values = network.forward(observation).value.toTypedArray(); // [B]
    const returns = this.returns();
    const targets = tensor(returns, { device }); // [B]
    const advantage = tensor(
      returns.map((g, i) => g - values[i]),
      { device },
    ); // [B]
    const action = tensor(actions, { dtype: "int32", device }); // [B]
    const { aux, grads } = valueAndGrad(() => {
      const output = network.forward(observation);
      return reinforceLoss(output, { action, advantage, targets }, config);
    }, this.parameters.tensors);
    this.optimizer.step(grads);
    return {
      policyLoss: aux.policyLoss.item(),
      valueLoss: aux.valueLoss.item(),
      entropy: aux.entropy.item(),
      gradNorm: this.optimizer.gradNorm.item(),
      explainedVariance: explainedVariance(values, returns),
    };
  }

  /** Discounted return of every step of the batch. */
  private returns(): Float32Array {
    const { batch, config } = this;
    const { rewards, size } = batch.steps();
    const returns = new Float32Array(size);
    for (const { from, to, finalObservation } of batch.episodes()) {
      const bootstrap = finalObservation === undefined ? 0 : this.valueOf(finalObservation);
      discountedReturns(rewards, returns, from, to, { gamma: config.gamma, bootstrap });
    }
    return returns;
  }

  private valueOf(observation: Float32Array): number {
    const input: Tensor = tensor(observation, {
      shape: [1, observation.length],
      device: this.device,
    });
    return this.network.forward(this.network.scale(input)).value.toTypedArray()[0];
  }
}
