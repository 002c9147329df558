/**
 * Twin delayed deep deterministic policy gradient (Fujimoto et al. 2018, https://arxiv.org/abs/1802.09477).
 *
 *   a'    = clip(pi'(s') + clip(sigma noise, -c, c), -1, 1)
 *   y     = R + discount min_i Q'_i(s', a')
 *   L_Q   = 1/2 sum_i mean (Q_i(s, a) - y)^2
 *   L_pi  = -mean Q_1(s, pi(s))                     every policyDelay-th update, and then
 *   Q', pi' <- Q' + tau (Q - Q'), pi' + tau (pi - pi')
 *
 * Policies, critics and noise live in units in which the bounds of actions are -1 and 1; the replay memory
 * holds actions as the env took them. Departures: docs/algorithms/td3.md.
 * Legend: B batch, N games, O observation size, A numbers of an action.
 * Not here: playing and remembering (off-policy/experience.ts), networks (off-policy/networks.ts).
 */
import { key, type VectorEnv } from "@carom/envs";
import { loadParameters, saveParameters } from "@carom/nn";
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
import { disposeFlat, type Flat } from "../off-policy/flat.js";
import { bootstrapped, criticLoss, deterministicPolicyLoss, smallest } from "../off-policy/loss.js";
import type { DeterministicActor } from "../off-policy/networks.js";
import { Noise, type NoiseState } from "../off-policy/noise.js";
import { polyak } from "../off-policy/polyak.js";
import { Statistics } from "../off-policy/statistics.js";
import { packPolicy } from "../policy-state.js";
import { packState, unpackState } from "../saved-state.js";
import { annealedLearningRate } from "../schedules.js";
import { type Td3Config, td3Config } from "./config.js";
import { smoothed } from "./loss.js";
import { parts, stateVersion } from "./policy.js";

/** A TD3 trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createTd3(options: TrainerOptions): Trainer {
  return new Td3(options);
}

/** All that is learned, and the chance in it. */
interface Learned extends BoxNetworksState {
  readonly targetActor: ReturnType<typeof saveParameters>;
  readonly noise: NoiseState;
  readonly random: RandomWords;
  /** Updates of the critics since the last one of the policy. */
  readonly waiting: number;
}

/** What `save` packs. */
type Td3State = ExperienceState & Learned;

class Td3 implements Trainer {
  readonly env: VectorEnv;

  private readonly config: Td3Config;
  private readonly options: TrainerOptions;
  private readonly experience: Experience;
  private readonly box: Box;
  private readonly networks: BoxNetworks<DeterministicActor>;
  private readonly targetActor: Flat<DeterministicActor>;
  private readonly noise: Noise; // of play
  private readonly random: RandomState; // of updates
  private readonly criticStatistics: Statistics<"qLoss" | "qMean" | "gradNorm">;
  private readonly actorStatistics: Statistics<"policyLoss">;
  private readonly act: Recording<unknown>;
  private readonly criticUpdate: Recording<unknown>;
  private readonly actorUpdate: Recording<unknown>;
  private waiting = 0; // updates of the critics since the last one of the policy

  constructor(options: TrainerOptions) {
    const config = td3Config(options.config);
    const { device, createEncoder } = options;
    const root = key(options.seed);
    this.config = config;
    this.options = options;
    this.experience = new Experience("td3", options, config, root, ["box"]);
    this.env = this.experience.env;
    const { spec } = this.env;
    this.box = new Box("td3", spec.actions, device);
    const shape = encoderShape("td3", config);
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
    this.random = new RandomState(root.child("updates").words, { device });
    this.criticStatistics = new Statistics(["qLoss", "qMean", "gradNorm"], device);
    this.actorStatistics = new Statistics(["policyLoss"], device);
    const untouched = this.saveLearned();
    this.act = capture(device, () => this.chooseActions());
    this.criticUpdate = capture(device, () => this.learnCritics());
    this.actorUpdate = capture(device, () => this.learnPolicy());
    // Recording ran them once on empty buffers: take that back.
    this.restoreLearned(untouched);
    this.criticStatistics.read(1);
    this.actorStatistics.read(1);
  }

  get steps(): number {
    return this.experience.steps;
  }

  iterate(): IterationMetrics {
    const { config, options, experience } = this;
    const learningRate = annealedLearningRate(config, this.steps, options.totalSteps);
    this.networks.setLearningRate(learningRate);
    let policyUpdates = 0;
    const updates = experience.run(this.act, () => {
      this.criticUpdate.replay();
      this.waiting++;
      if (this.waiting < config.policyDelay) return;
      this.actorUpdate.replay(); // on the same batch
      this.waiting = 0;
      policyUpdates++;
    });
    const measures = {
      ...this.criticStatistics.read(updates),
      ...this.actorStatistics.read(policyUpdates),
    };
    const episodes = experience.takeEpisodes();
    return { steps: this.steps, episodes, learningRate, measures, ...experience.times };
  }

  save(): SavedState {
    const state: Td3State = { ...this.experience.save(), ...this.saveLearned() };
    return packState("td3", stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "td3",
      version: stateVersion,
      network: this.networks.learned,
      env: this.env,
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<Td3State>(state, "td3", stateVersion);
    this.restoreLearned(saved);
    this.experience.restore(saved);
  }

  dispose(): void {
    for (const recording of [this.act, this.criticUpdate, this.actorUpdate]) recording.dispose();
    for (const one of [this.criticStatistics, this.actorStatistics]) one.dispose();
    for (const one of [this.experience, this.box, this.noise, this.random]) one.dispose();
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

  /** One gradient step of the critics on a batch. Recorded. */
  private learnCritics(): void {
    const { experience, networks, box } = this;
    const { actor, critics, criticOptimizer } = networks;
    const observation = actor.network.encoder.prepare(experience.observation()); // [B, O]
    const action = box.fromEnv(experience.replay.action); // [B, A]
    const target = this.target(); // [B]
    const { value, aux, grads } = valueAndGrad(() => {
      const values = critics.network.forward(observation, action); // [B] each
      return { loss: criticLoss(values, target), qMean: values[0].mean() };
    }, critics.parameters.tensors);
    criticOptimizer.step(grads);
    const { gradNorm } = criticOptimizer;
    this.criticStatistics.add({ qLoss: value, qMean: aux.qMean, gradNorm });
  }

  /** y = R + discount min_i Q'_i(s', a'), `[B]`, a' the target policy's action with clipped noise. */
  private target(): Tensor {
    const { experience, networks, targetActor, random, config } = this;
    const next = networks.actor.network.encoder.prepare(experience.nextObservation()); // [B, O]
    const best = targetActor.network.choose(next); // [B, A]
    const action = smoothed(best, random.normal(best.shape), config); // [B, A]
    const values = networks.targetCritics.network.forward(next, action); // [B] each
    return bootstrapped(experience.replay, smallest(values));
  }

  /** One gradient step of the policy on the same batch; then all targets follow. Recorded. */
  private learnPolicy(): void {
    const { experience, networks, targetActor, config } = this;
    const { actor, critics, actorOptimizer } = networks;
    const observation = actor.network.encoder.prepare(experience.observation()); // [B, O]
    const { value, grads } = valueAndGrad(() => {
      const action = actor.network.choose(observation); // [B, A]
      return deterministicPolicyLoss(critics.network.first(observation, action));
    }, actor.parameters.tensors);
    actorOptimizer.step(grads);
    networks.followCritics(config.tau);
    polyak(targetActor.parameters, actor.parameters, config.tau);
    this.actorStatistics.add({ policyLoss: value });
  }

  private saveLearned(): Learned {
    return {
      ...this.networks.save(),
      targetActor: saveParameters(this.targetActor.network),
      noise: this.noise.save(),
      random: this.random.toWords(),
      waiting: this.waiting,
    };
  }

  private restoreLearned(saved: Learned): void {
    this.networks.restore(saved);
    loadParameters(this.targetActor.network, saved.targetActor);
    this.noise.restore(saved.noise);
    this.random.restore(saved.random);
    this.waiting = saved.waiting;
  }
}
