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
import {
  type ActionArray,
  key,
  type ObservationArray,
  type VectorEnv,
  type VectorEnvState,
} from "@carom/envs";
import {
  flatten,
  loadParameters,
  type Optimizer,
  type OptimizerState,
  type ParameterBuffer,
  saveParameters,
} from "@carom/nn";
import {
  type Device,
  RandomState,
  type RandomWords,
  scope,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import { ActorCritic } from "../actor-critic.js";
import type { IterationMetrics, SavedState, Trainer, TrainerOptions } from "../agent.js";
import { seconds } from "../clock.js";
import { createTrainingEnv } from "../games.js";
import { discountedReturns } from "../math/returns.js";
import { explainedVariance } from "../math/statistics.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { policyGradientLoss, policyGradientStats } from "../policy-gradient-loss.js";
import { packPolicy } from "../policy-state.js";
import { packState, unpackState } from "../saved-state.js";
import { annealedLearningRate } from "../schedules.js";
import { type ReinforceConfig, reinforceConfig } from "./config.js";
import { EpisodeBatch } from "./episode-batch.js";
import { shapeOf, stateVersion } from "./policy.js";

/** A REINFORCE trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createReinforce(options: TrainerOptions): Trainer {
  return new Reinforce(options);
}

/** What `save` packs. */
interface ReinforceState {
  readonly env: VectorEnvState;
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly optimizer: OptimizerState;
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
  private readonly optimizer: Optimizer;
  private readonly random: RandomState;
  private readonly batch: EpisodeBatch;
  /** Actions as the learner keeps them, one row per game. */
  private readonly chosen: ActionArray;

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
      createEncoder: options.createEncoder,
      ...shapeOf(config),
    };
    this.network = new ActorCritic(network);
    this.parameters = flatten(this.network);
    this.optimizer = createOptimizer(this.parameters, config);
    this.random = new RandomState(root.child("actions").words, { device });
    this.batch = new EpisodeBatch(this.env, config.rewardClip);
    this.chosen = this.env.actions.slice();
    this.env.reset();
  }

  iterate(): IterationMetrics {
    const { config, options } = this;
    const learningRate = annealedLearningRate(config, this.steps, options.totalSteps);
    setLearningRate(this.optimizer, learningRate);
    const time = this.playEpisodes();
    this.steps += this.batch.size;
    const began = seconds();
    const measures = scope(() => this.learn());
    return {
      steps: this.steps,
      episodes: config.envs,
      learningRate,
      measures,
      timeGame: time.game,
      timePolicy: time.policy,
      timeLearn: seconds() - began,
    };
  }

  save(): SavedState {
    return packState("reinforce", stateVersion, {
      env: this.env.save(),
      parameters: saveParameters(this.network),
      optimizer: this.optimizer.state(),
      steps: this.steps,
      random: this.random.toWords(),
    });
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "reinforce",
      version: stateVersion,
      network: this.network,
      env: this.env,
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<ReinforceState>(state, "reinforce", stateVersion);
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

  /** One episode of every game into `batch`; games that have finished wait for the others. */
  private playEpisodes(): { game: number; policy: number } {
    const { batch } = this;
    const time = { game: 0, policy: 0 };
    batch.clear();
    while (batch.unfinished > 0) {
      const began = seconds();
      scope(() => this.act());
      const acted = seconds();
      batch.step(this.chosen);
      time.policy += acted - began;
      time.game += seconds() - acted;
    }
    return time;
  }

  /** Samples an action for every game. */
  private act(): void {
    const { env, network, random } = this;
    const observation = this.prepared(env.observations, env.count); // [N, O]
    const { policy } = network.forward(observation); // [N, P]
    const mask = env.masks && this.maskOf(env.masks, env.count);
    const { action, played } = network.head.draw(policy, random, { mask });
    action.read(this.chosen);
    played.read(env.actions);
  }

  /** One gradient step on the batch of complete episodes. */
  private learn(): Record<string, number> {
    const { batch, device, config, network } = this;
    const { observations, actions, masks, size } = batch.steps();
    const observation = this.prepared(observations, size); // [B, O]
    const values = network.forward(observation).value.toTypedArray(); // [B]
    const returns = this.returns();
    const targets = tensor(returns, { device }); // [B]
    const advantage = tensor(
      returns.map((g, i) => g - values[i]),
      { device },
    ); // [B]
    const { shape, dtype } = network.head;
    const action = tensor(actions, { shape: [size, ...shape], dtype, device }); // [B] or [B, A]
    const mask = masks.length > 0 ? this.maskOf(masks, size) : undefined; // [B, P]
    const { aux, grads } = valueAndGrad(() => {
      const { policy, value } = network.forward(observation);
      const outlook = { value, ...network.head.evaluate(policy, action, mask) };
      return policyGradientLoss(outlook, { advantage, returns: targets }, config);
    }, this.parameters.tensors);
    this.optimizer.step(grads);
    const stats = aux.stats.toTypedArray();
    return {
      ...Object.fromEntries(policyGradientStats.map((name, i) => [name, stats[i]])),
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

  private valueOf(observation: ObservationArray): number {
    return this.network.forward(this.prepared(observation, 1)).value.toTypedArray()[0];
  }

  /** Rows of observations as the network takes them, `[B, O]`. */
  private prepared(observations: ObservationArray, rows: number): Tensor {
    const shape = [rows, this.env.spec.observation.size];
    return this.network.prepare(tensor(observations, { shape, device: this.device }));
  }

  /** Masks as bool `[B, P]`. */
  private maskOf(masks: Uint8Array, rows: number): Tensor {
    return tensor(masks, { shape: [rows, masks.length / rows], device: this.device }).notEqual(0);
  }
}
