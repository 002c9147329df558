/**
 * Deep deterministic policy gradient (Lillicrap et al. 2015, https://arxiv.org/abs/1509.02971).
 *
 *   y     = R + discount Q'(s', pi'(s'))
 *   L_Q   = 1/2 mean (Q(s, a) - y)^2
 *   L_pi  = -mean Q(s, pi(s))
 *   Q', pi' <- Q' + tau (Q - Q'), pi' + tau (pi - pi')
 *
 * Policies, critic and noise live in units in which the bounds of actions are -1 and 1; the replay memory
 * holds actions as the env took them. Departures: docs/algorithms/ddpg.md.
 * Legend: B batch, N games, O observation size, A numbers of an action.
 * Not here: playing and remembering (off-policy/experience.ts), networks (off-policy/networks.ts), what TD3
 * adds (td3/).
 */
import { key, type VectorEnv } from "@carom/envs";
import { loadParameters, saveParameters } from "@carom/nn";
import { capture, type Recording, type Tensor, valueAndGrad } from "@carom/tensor";
import type { IterationMetrics, SavedState, Trainer, TrainerOptions } from "../agent.js";
import { encoderShape } from "../network-config.js";
import { Box } from "../off-policy/box.js";
import { BoxNetworks, type BoxNetworksState } from "../off-policy/box-networks.js";
import { Experience, type ExperienceState } from "../off-policy/experience.js";
import { disposeFlat, type Flat } from "../off-policy/flat.js";
import { bootstrapped, criticLoss, deterministicPolicyLoss } from "../off-policy/loss.js";
import type { DeterministicActor } from "../off-policy/networks.js";
import { Noise, type NoiseState } from "../off-policy/noise.js";
import { polyak } from "../off-policy/polyak.js";
import { Statistics } from "../off-policy/statistics.js";
import { packPolicy } from "../policy-state.js";
import { packState, unpackState } from "../saved-state.js";
import { annealedLearningRate } from "../schedules.js";
import { type DdpgConfig, ddpgConfig } from "./config.js";
import { parts, stateVersion } from "./policy.js";

/** A DDPG trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createDdpg(options: TrainerOptions): Trainer {
  return new Ddpg(options);
}

/** All that is learned, and the chance in it. */
interface Learned extends BoxNetworksState {
  readonly targetActor: ReturnType<typeof saveParameters>;
  readonly noise: NoiseState;
}

/** What `save` packs. */
type DdpgState = ExperienceState & Learned;

class Ddpg implements Trainer {
  readonly env: VectorEnv;

  private readonly config: DdpgConfig;
  private readonly options: TrainerOptions;
  private readonly experience: Experience;
  private readonly box: Box;
  private readonly networks: BoxNetworks<DeterministicActor>;
  private readonly targetActor: Flat<DeterministicActor>;
  private readonly noise: Noise;
  private readonly statistics: Statistics<"qLoss" | "qMean" | "policyLoss" | "gradNorm">;
  private readonly act: Recording<unknown>;
  private readonly update: Recording<unknown>;

  constructor(options: TrainerOptions) {
    const config = ddpgConfig(options.config);
    const { device, createEncoder } = options;
    const root = key(options.seed);
    this.config = config;
    this.options = options;
    this.experience = new Experience("ddpg", options, config, root, ["box"]);
    this.env = this.experience.env;
    const { spec } = this.env;
    this.box = new Box("ddpg", spec.actions, device);
    const shape = encoderShape("ddpg", config);
    this.networks = new BoxNetworks({
      network: { spec, device, shape, createEncoder },
      actionSize: this.box.size,
      optimizer: config,
      key: root.child("network"),
      ...parts,
    });
    this.targetActor = this.networks.newActor();
    const { words } = root.child("actions");
    this.noise = new Noise(words, [config.envs, this.box.size], config.noiseCorrelation, device);
    this.statistics = new Statistics(["qLoss", "qMean", "policyLoss", "gradNorm"], device);
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
    const updates = experience.run(this.act, () => this.update.replay());
    const measures = this.statistics.read(updates);
    const episodes = experience.takeEpisodes();
    return { steps: this.steps, episodes, learningRate, measures, ...experience.times };
  }

  save(): SavedState {
    const state: DdpgState = { ...this.experience.save(), ...this.saveLearned() };
    return packState("ddpg", stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "ddpg",
      version: stateVersion,
      network: this.networks.learned,
      env: this.env,
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<DdpgState>(state, "ddpg", stateVersion);
    this.restoreLearned(saved);
    this.experience.restore(saved);
  }

  dispose(): void {
    for (const one of [this.act, this.update, this.experience, this.box]) one.dispose();
    for (const one of [this.noise, this.statistics]) one.dispose();
    disposeFlat(this.targetActor);
    this.networks.dispose();
  }

  /** The policy's action with noise for what every game shows. Recorded. */
  private chooseActions(): void {
    const { experience, box, noise, config } = this;
    const { network: actor } = this.networks.actor;
    const prepared = actor.encoder.prepare(experience.observations); // [N, O]
    const best = actor.choose(prepared); // [N, A]
    const action = best.add(noise.next().mul(config.explorationNoise)).clamp(-1, 1); // [N, A]
    experience.actions.copyFrom(box.toEnv(action));
  }

  /** One gradient step of critic and policy on a batch; then the targets follow. Recorded. */
  private learn(): void {
    const { experience, networks, targetActor, config } = this;
    const { actor, criticOptimizer } = networks;
    const observation = actor.network.encoder.prepare(experience.observation()); // [B, O]
    const { qLoss, qMean } = this.learnCritic(observation);
    const policyLoss = this.learnPolicy(observation);
    networks.followCritics(config.tau);
    polyak(targetActor.parameters, actor.parameters, config.tau);
    this.statistics.add({ qLoss, qMean, policyLoss, gradNorm: criticOptimizer.gradNorm });
  }

  /** Moves the critic towards y = R + discount Q'(s', pi'(s')). */
  private learnCritic(observation: Tensor): { qLoss: Tensor; qMean: Tensor } {
    const { experience, networks, targetActor, box } = this;
    const { actor, critics, targetCritics, criticOptimizer } = networks;
    const action = box.fromEnv(experience.replay.action); // [B, A]
    const next = actor.network.encoder.prepare(experience.nextObservation()); // [B, O]
    const nextValue = targetCritics.network.first(next, targetActor.network.choose(next)); // [B]
    const target = bootstrapped(experience.replay, nextValue); // [B]
    const { value, aux, grads } = valueAndGrad(() => {
      const values = critics.network.forward(observation, action); // [B], of one critic
      return { loss: criticLoss(values, target), qMean: values[0].mean() };
    }, critics.parameters.tensors);
    criticOptimizer.step(grads);
    return { qLoss: value, qMean: aux.qMean };
  }

  /** Moves the policy towards what the critic thinks best; its loss. */
  private learnPolicy(observation: Tensor): Tensor {
    const { actor, critics, actorOptimizer } = this.networks;
    const { value, grads } = valueAndGrad(() => {
      const action = actor.network.choose(observation); // [B, A]
      return deterministicPolicyLoss(critics.network.first(observation, action));
    }, actor.parameters.tensors);
    actorOptimizer.step(grads);
    return value;
  }

  private saveLearned(): Learned {
    return {
      ...this.networks.save(),
      targetActor: saveParameters(this.targetActor.network),
      noise: this.noise.save(),
    };
  }

  private restoreLearned(saved: Learned): void {
    this.networks.restore(saved);
    loadParameters(this.targetActor.network, saved.targetActor);
    this.noise.restore(saved.noise);
  }
}
