/**
 * Soft actor-critic for discrete actions (Christodoulou 2019, https://arxiv.org/abs/1910.07207).
 *
 *   V(s)    = sum_a pi(a|s) (min_i Q'_i(s, a) - alpha log pi(a|s))
 *   y       = R + discount V(s')
 *   L_Q     = 1/2 sum_i mean (Q_i(s, a) - y)^2
 *   L_pi    = mean sum_a pi(a|s) (alpha log pi(a|s) - min_i Q_i(s, a))
 *   L_alpha = -log alpha mean (target entropy - H(pi(.|s)))
 *   Q'     <- Q' + tau (Q - Q')
 *
 * Forbidden actions have probability 0 in play, in targets and in losses; a state's target entropy is a share
 * of the logarithm of how many actions it allows. Departures: docs/algorithms/sac-discrete.md.
 * Legend: B batch, N games, O observation size, A actions.
 * Not here: playing and remembering (off-policy/experience.ts), networks (off-policy/networks.ts).
 */
import { key, type VectorEnv } from "@carom/envs";
import {
  categoricalEntropy,
  loadParameters,
  type Optimizer,
  type OptimizerState,
  saveParameters,
} from "@carom/nn";
import {
  capture,
  categoricalSample,
  full,
  RandomState,
  type RandomWords,
  type Recording,
  type Tensor,
  takeAlongLast,
  valueAndGrad,
} from "@carom/tensor";
import type { IterationMetrics, SavedState, Trainer, TrainerOptions } from "../agent.js";
import { maskLogits } from "../heads/masking.js";
import { encoderShape } from "../network-config.js";
import { Experience, type ExperienceState } from "../off-policy/experience.js";
import { createFlat, disposeFlat, type Flat, together } from "../off-policy/flat.js";
import { bootstrapped, criticLoss } from "../off-policy/loss.js";
import { EncodedLinear, type NetworkOptions } from "../off-policy/networks.js";
import { polyak } from "../off-policy/polyak.js";
import { Statistics } from "../off-policy/statistics.js";
import { Temperature, type TemperatureState } from "../off-policy/temperature.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { packPolicy } from "../policy-state.js";
import { packState, unpackState } from "../saved-state.js";
import { annealed, annealedLearningRate } from "../schedules.js";
import { type SacDiscreteConfig, sacDiscreteConfig } from "./config.js";
import { DiscreteCritics } from "./critics.js";
import { softStatePolicyLoss, softStateValue, targetEntropies } from "./loss.js";
import { actionCount, stateVersion } from "./policy.js";

/** A discrete SAC trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createSacDiscrete(options: TrainerOptions): Trainer {
  return new SacDiscrete(options);
}

/** All that is learned, and the chance in it. */
interface Learned {
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly targets: ReturnType<typeof saveParameters>;
  readonly optimizer: { readonly actor: OptimizerState; readonly critics: OptimizerState };
  readonly temperature: TemperatureState;
  readonly random: RandomWords;
}

/** What `save` packs. */
type SacDiscreteState = ExperienceState & Learned;

const measured = ["qLoss", "qMean", "policyLoss", "entropy", "temperature", "gradNorm"] as const;

class SacDiscrete implements Trainer {
  readonly env: VectorEnv;

  private readonly config: SacDiscreteConfig;
  private readonly options: TrainerOptions;
  private readonly experience: Experience;
  private readonly actor: Flat<EncodedLinear>;
  private readonly critics: Flat<DiscreteCritics>;
  private readonly targetCritics: Flat<DiscreteCritics>;
  private readonly actorOptimizer: Optimizer;
  private readonly criticOptimizer: Optimizer;
  private readonly temperature: Temperature;
  private readonly entropyShare: Tensor; // [], what the temperature aims at
  private readonly random: RandomState; // of play
  private readonly statistics: Statistics<(typeof measured)[number]>;
  private readonly act: Recording<unknown>;
  private readonly update: Recording<unknown>;

  constructor(options: TrainerOptions) {
    const config = sacDiscreteConfig(options.config);
    const { device, createEncoder } = options;
    const root = key(options.seed);
    this.config = config;
    this.options = options;
    this.experience = new Experience("sac-discrete", options, config, root, ["discrete"]);
    this.env = this.experience.env;
    const { spec } = this.env;
    const shape = encoderShape("sac-discrete", config);
    const network: NetworkOptions = { spec, device, shape, createEncoder };
    const weights = root.child("network");
    const actions = actionCount(spec.actions);
    this.actor = createFlat(device, weights.child("actor"), (random) => {
      return new EncodedLinear(network, actions, "policy", random);
    });
    const newCritics = (): Flat<DiscreteCritics> =>
      createFlat(device, weights.child("critics"), (random) => {
        return new DiscreteCritics(network, actions, 2, random);
      });
    this.critics = newCritics();
    this.targetCritics = newCritics(); // the same weights at first
    this.actorOptimizer = createOptimizer(this.actor.parameters, config);
    this.criticOptimizer = createOptimizer(this.critics.parameters, config);
    const { temperature: initial, autoTemperature: isLearned, learningRate } = config;
    this.temperature = new Temperature({ initial, isLearned, learningRate }, device);
    this.entropyShare = full([], config.targetEntropy, { device });
    this.random = new RandomState(root.child("actions").words, { device });
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
    setLearningRate(this.actorOptimizer, learningRate);
    setLearningRate(this.criticOptimizer, learningRate);
    this.temperature.setLearningRate(learningRate);
    this.entropyShare.write(Float32Array.of(this.aim()));
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
    const state: SacDiscreteState = { ...this.experience.save(), ...this.saveLearned() };
    return packState("sac-discrete", stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "sac-discrete",
      version: stateVersion,
      network: this.networks,
      env: this.env,
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<SacDiscreteState>(state, "sac-discrete", stateVersion);
    this.restoreLearned(saved);
    this.experience.restore(saved);
  }

  dispose(): void {
    for (const one of [this.act, this.update, this.experience]) one.dispose();
    disposeFlat(this.actor, this.critics, this.targetCritics);
    for (const one of [this.actorOptimizer, this.criticOptimizer, this.temperature]) one.dispose();
    for (const one of [this.entropyShare, this.random, this.statistics]) one.dispose();
  }

  /** Share of the largest entropy that the temperature aims at now. */
  private aim(): number {
    const { targetEntropy: from, finalTargetEntropy: to, entropyFraction: fraction } = this.config;
    return annealed({ from, to, fraction }, this.steps, this.options.totalSteps);
  }

  /** Draws an action for what every game shows. Recorded. */
  private chooseActions(): void {
    const { experience, random } = this;
    const { network: actor } = this.actor;
    const prepared = actor.encoder.prepare(experience.observations); // [N, O]
    const logits = maskLogits(actor.forward(prepared), experience.allowed?.notEqual(0)); // [N, A]
    experience.actions.copyFrom(categoricalSample(logits, random).action);
  }

  /** One gradient step of critics, policy and temperature on a batch. Recorded. */
  private learn(): void {
    const { experience, actor, temperature, config, criticOptimizer } = this;
    const observation = actor.network.encoder.prepare(experience.observation()); // [B, O]
    const alpha = temperature.alpha(); // []
    const { qLoss, qMean } = this.learnCritics(observation, alpha);
    const { policyLoss, entropy, gap } = this.learnPolicy(observation, alpha);
    temperature.learn(gap);
    polyak(this.targetCritics.parameters, this.critics.parameters, config.tau);
    const { gradNorm } = criticOptimizer;
    this.statistics.add({ qLoss, qMean, policyLoss, entropy, temperature: alpha, gradNorm });
  }

  /** Moves the critics towards y. */
  private learnCritics(
    observation: Tensor, // [B, O]
    alpha: Tensor, // []
  ): { qLoss: Tensor; qMean: Tensor } {
    const { experience, critics, criticOptimizer } = this;
    const target = this.target(alpha); // [B]
    const { value, aux, grads } = valueAndGrad(() => {
      const values = critics.network.forward(observation); // [B, A] each
      const taken = values.map((value) => takeAlongLast(value, experience.replay.action)); // [B] each
      return { loss: criticLoss(taken, target), qMean: taken[0].mean() };
    }, critics.parameters.tensors);
    criticOptimizer.step(grads);
    return { qLoss: value, qMean: aux.qMean };
  }

  /** y = R + discount V(s'), `[B]`. */
  private target(alpha: Tensor): Tensor {
    const { experience, actor, targetCritics } = this;
    const next = actor.network.encoder.prepare(experience.nextObservation()); // [B, O]
    const logits = maskLogits(actor.network.forward(next), experience.masks?.nextAllowed()); // [B, A]
    const values = targetCritics.network.forward(next); // [B, A] each
    return bootstrapped(experience.replay, softStateValue(values, logits, alpha));
  }

  /** Moves the policy towards what the critics think best, with what its entropy is worth. */
  private learnPolicy(
    observation: Tensor, // [B, O]
    alpha: Tensor, // []
  ): { policyLoss: Tensor; entropy: Tensor; gap: Tensor } {
    const { actor, critics, actorOptimizer, entropyShare } = this;
    const allowed = this.experience.masks?.allowed(); // [B, A]
    const values = critics.network.forward(observation); // [B, A] each
    const { value, aux, grads } = valueAndGrad(() => {
      const logits = maskLogits(actor.network.forward(observation), allowed); // [B, A]
      const loss = softStatePolicyLoss(values, logits, alpha);
      return { loss, entropies: categoricalEntropy(logits) }; // [B]
    }, actor.parameters.tensors);
    actorOptimizer.step(grads);
    const target = targetEntropies(entropyShare, values[0].shape[1], allowed); // [B] or []
    const gap = target.sub(aux.entropies).mean(); // []
    return { policyLoss: value, entropy: aux.entropies.mean(), gap };
  }

  private get networks(): ReturnType<typeof together> {
    return together({ actor: this.actor.network, critics: this.critics.network });
  }

  private saveLearned(): Learned {
    return {
      parameters: saveParameters(this.networks),
      targets: saveParameters(this.targetCritics.network),
      optimizer: { actor: this.actorOptimizer.state(), critics: this.criticOptimizer.state() },
      temperature: this.temperature.save(),
      random: this.random.toWords(),
    };
  }

  private restoreLearned(saved: Learned): void {
    loadParameters(this.networks, saved.parameters);
    loadParameters(this.targetCritics.network, saved.targets);
    this.actorOptimizer.restore(saved.optimizer.actor);
    this.criticOptimizer.restore(saved.optimizer.critics);
    this.temperature.restore(saved.temperature);
    this.random.restore(saved.random);
  }
}
