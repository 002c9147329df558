/**
 * Soft actor-critic with a learned temperature (Haarnoja et al. 2018, https://arxiv.org/abs/1812.05905).
 *
 *   y       = R + discount (min_i Q'_i(s', a') - alpha log pi(a'|s')),   a' ~ pi(.|s')
 *   L_Q     = 1/2 sum_i mean (Q_i(s, a) - y)^2
 *   L_pi    = mean (alpha log pi(a|s) - min_i Q_i(s, a)),   a = tanh(mean + std noise)
 *   L_alpha = -log alpha mean (log pi(a|s) + target entropy)
 *   Q'     <- Q' + tau (Q - Q')
 *
 * Policy, critics and entropies live in units in which the bounds of actions are -1 and 1; the replay memory
 * holds actions as the env took them. Departures: docs/algorithms/sac.md.
 * Legend: B batch, N games, O observation size, A numbers of an action.
 * Not here: playing and remembering (off-policy/experience.ts), networks (off-policy/networks.ts).
 */
import { key, type VectorEnv } from "@carom/envs";
import {
  capture,
  RandomState,
  type RandomWords,
  type Recording,
  type Tensor,
  valueAndGrad,
} from "@carom/tensor";
import type { IterationMetrics, SavedState, Trainer, TrainerOptions } from "../agent.js";
import { encoderShape } from "../network-config.js";
import { Box } from "../off-policy/box.js";
import { BoxNetworks, type BoxNetworksState } from "../off-policy/box-networks.js";
import { Experience, type ExperienceState } from "../off-policy/experience.js";
import { bootstrapped, criticLoss } from "../off-policy/loss.js";
import type { GaussianActor } from "../off-policy/networks.js";
import { Noise, type NoiseState } from "../off-policy/noise.js";
import { Statistics } from "../off-policy/statistics.js";
import { Temperature, type TemperatureState } from "../off-policy/temperature.js";
import { packPolicy } from "../policy-state.js";
import { packState, unpackState } from "../saved-state.js";
import { annealedLearningRate } from "../schedules.js";
import { type SacConfig, sacConfig } from "./config.js";
import { softPolicyLoss, softValue } from "./loss.js";
import { parts, stateVersion } from "./policy.js";

/** A SAC trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createSac(options: TrainerOptions): Trainer {
  return new Sac(options);
}

/** All that is learned, and the chance in it. */
interface Learned extends BoxNetworksState {
  readonly temperature: TemperatureState;
  readonly noise: NoiseState;
  readonly random: RandomWords;
}

/** What `save` packs. */
type SacState = ExperienceState & Learned;

const measured = ["qLoss", "qMean", "policyLoss", "entropy", "temperature", "gradNorm"] as const;

class Sac implements Trainer {
  readonly env: VectorEnv;

  private readonly config: SacConfig;
  private readonly options: TrainerOptions;
  private readonly experience: Experience;
  private readonly box: Box;
  private readonly networks: BoxNetworks<GaussianActor>;
  private readonly temperature: Temperature;
  private readonly noise: Noise; // of play
  private readonly random: RandomState; // of updates
  private readonly statistics: Statistics<(typeof measured)[number]>;
  private readonly act: Recording<unknown>;
  private readonly update: Recording<unknown>;

  constructor(options: TrainerOptions) {
    const config = sacConfig(options.config);
    const { device, createEncoder } = options;
    const root = key(options.seed);
    this.config = config;
    this.options = options;
    this.experience = new Experience("sac", options, config, root, ["box"]);
    this.env = this.experience.env;
    const { spec } = this.env;
    this.box = new Box("sac", spec.actions, device);
    const shape = encoderShape("sac", config);
    this.networks = new BoxNetworks({
      network: { spec, device, shape, createEncoder },
      actionSize: this.box.size,
      optimizer: config,
      key: root.child("network"),
      ...parts,
    });
    const { temperature: initial, autoTemperature: isLearned, learningRate } = config;
    this.temperature = new Temperature({ initial, isLearned, learningRate }, device);
    const { words } = root.child("actions");
    this.noise = new Noise(words, [config.envs, this.box.size], config.noiseCorrelation, device);
    this.random = new RandomState(root.child("updates").words, { device });
    this.statistics = new Statistics(measured, device);
    const untouched = this.saveLearned();
    this.act = capture(device, () => this.chooseActions());
    this.update = capture(device, () => this.learn());
    // Recording ran both once on empty buffers: take that back.
    this.restoreLearned(untouched);
    this.statistics.read(1);
  }

  get steps(): number {
    return this.experience.steps;
  }

  iterate(): IterationMetrics {
    const { config, options, experience } = this;
    const learningRate = annealedLearningRate(config, this.steps, options.totalSteps);
    this.networks.setLearningRate(learningRate);
    this.temperature.setLearningRate(learningRate);
    const updates = experience.run(this.act, () => this.update.replay());
    return {
      steps: this.steps,
      episodes: experience.takeEpisodes(),
      learningRate,
      measures: this.statistics.read(updates),
      ...experience.times,
    };
  }

  save(): SavedState {
    const state: SacState = { ...this.experience.save(), ...this.saveLearned() };
    return packState("sac", stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "sac",
      version: stateVersion,
      network: this.networks.learned,
      env: this.env,
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<SacState>(state, "sac", stateVersion);
    this.restoreLearned(saved);
    this.experience.restore(saved);
  }

  dispose(): void {
    for (const one of [this.act, this.update, this.experience, this.box]) one.dispose();
    for (const one of [this.networks, this.temperature, this.noise]) one.dispose();
    for (const one of [this.random, this.statistics]) one.dispose();
  }

  /** Draws an action for what every game shows. Recorded. */
  private chooseActions(): void {
    const { experience, box, noise } = this;
    const { network: actor } = this.networks.actor;
    const prepared = actor.encoder.prepare(experience.observations); // [N, O]
    const { mean, logStd } = actor.distribution(prepared).base; // [N, A]
    const action = mean.add(logStd.exp().mul(noise.next())).tanh(); // [N, A]
    experience.actions.copyFrom(box.toEnv(action));
  }

  /** One gradient step of critics, policy and temperature on a batch. Recorded. */
  private learn(): void {
    const { experience, networks, box, temperature, config } = this;
    const { encoder } = networks.actor.network;
    const observation = encoder.prepare(experience.observation()); // [B, O]
    const action = box.fromEnv(experience.replay.action); // [B, A]
    const alpha = temperature.alpha(); // []
    const { qLoss, qMean } = this.learnCritics(observation, action, alpha);
    const { policyLoss, logProb } = this.learnPolicy(observation, alpha);
    temperature.learn(logProb.add(config.targetEntropy * box.size));
    networks.followCritics(config.tau);
    const { gradNorm } = networks.criticOptimizer;
    const entropy = logProb.neg();
    this.statistics.add({ qLoss, qMean, policyLoss, entropy, temperature: alpha, gradNorm });
  }

  /** Moves the critics towards y. */
  private learnCritics(
    observation: Tensor, // [B, O]
    action: Tensor, // [B, A]
    alpha: Tensor, // []
  ): { qLoss: Tensor; qMean: Tensor } {
    const { critics, criticOptimizer } = this.networks;
    const target = this.target(alpha); // [B]
    const { value, aux, grads } = valueAndGrad(() => {
      const values = critics.network.forward(observation, action); // [B] each
      return { loss: criticLoss(values, target), qMean: values[0].mean() };
    }, critics.parameters.tensors);
    criticOptimizer.step(grads);
    return { qLoss: value, qMean: aux.qMean };
  }

  /** y = R + discount (min_i Q'_i(s', a') - alpha log pi(a'|s')), `[B]`. */
  private target(alpha: Tensor): Tensor {
    const { experience, networks, random } = this;
    const { network: actor } = networks.actor;
    const next = actor.encoder.prepare(experience.nextObservation()); // [B, O]
    const { action, logProb } = actor.distribution(next).rsampleWithLogProb(random); // [B, A], [B]
    const values = networks.targetCritics.network.forward(next, action); // [B] each
    return bootstrapped(experience.replay, softValue(values, logProb, alpha));
  }

  /** Moves the policy towards what the critics think best, with what its entropy is worth. */
  private learnPolicy(
    observation: Tensor, // [B, O]
    alpha: Tensor, // []
  ): { policyLoss: Tensor; logProb: Tensor } {
    const { actor, critics, actorOptimizer } = this.networks;
    const { value, aux, grads } = valueAndGrad(() => {
      const policy = actor.network.distribution(observation);
      const { action, logProb } = policy.rsampleWithLogProb(this.random); // [B, A], [B]
      const values = critics.network.forward(observation, action); // [B] each
      return { loss: softPolicyLoss(values, logProb, alpha), logProb: logProb.mean() };
    }, actor.parameters.tensors);
    actorOptimizer.step(grads);
    return { policyLoss: value, logProb: aux.logProb };
  }

  private saveLearned(): Learned {
    return {
      ...this.networks.save(),
      temperature: this.temperature.save(),
      noise: this.noise.save(),
      random: this.random.toWords(),
    };
  }

  private restoreLearned(saved: Learned): void {
    this.networks.restore(saved);
    this.temperature.restore(saved.temperature);
    this.noise.restore(saved.noise);
    this.random.restore(saved.random);
  }
}
