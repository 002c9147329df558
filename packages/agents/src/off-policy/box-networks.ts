/**
 * The networks of an actor-critic over bounded numbers and their optimisers: policy, critics, and target
 * critics that follow them. Policy and critics have optimisers of their own, over parameters of their own.
 *
 * Not here: what the networks are (networks.ts), losses.
 */
import type { Key } from "@carom/envs";
import {
  loadParameters,
  type Module,
  type Optimizer,
  type OptimizerState,
  saveParameters,
} from "@carom/nn";
import type { RandomState } from "@carom/tensor";
import { createOptimizer, type OptimizerConfig, setLearningRate } from "../optimizer-config.js";
import { createFlat, disposeFlat, type Flat, together } from "./flat.js";
import { type BoxActor, Critics, type NetworkOptions } from "./networks.js";
import { polyak } from "./polyak.js";

/** Makes a policy network for actions of `size` numbers. */
export type ActorFactory<Actor extends BoxActor> = (
  options: NetworkOptions,
  size: number,
  random: RandomState,
) => Actor;

/** What networks are made from. */
export interface BoxNetworksOptions<Actor extends BoxActor> {
  readonly network: NetworkOptions;
  /** Numbers per action, A. */
  readonly actionSize: number;
  readonly createActor: ActorFactory<Actor>;
  /** How many critics. */
  readonly critics: number;
  readonly optimizer: OptimizerConfig;
  /** Key of the initial weights. */
  readonly key: Key;
}

/** Everything that the networks have learned. */
export interface BoxNetworksState {
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly targets: ReturnType<typeof saveParameters>;
  readonly optimizer: { readonly actor: OptimizerState; readonly critics: OptimizerState };
}

/** Policy, critics and target critics. */
export class BoxNetworks<Actor extends BoxActor> {
  readonly actor: Flat<Actor>;
  readonly critics: Flat<Critics>;
  readonly targetCritics: Flat<Critics>;
  readonly actorOptimizer: Optimizer;
  readonly criticOptimizer: Optimizer;
  private readonly options: BoxNetworksOptions<Actor>;

  constructor(options: BoxNetworksOptions<Actor>) {
    const { network, actionSize, critics: count, optimizer, key } = options;
    this.options = options;
    this.actor = this.newActor();
    const { encoder } = this.actor.network;
    const newCritics = (): Flat<Critics> =>
      createFlat(network.device, key.child("critics"), (random) => {
        return new Critics(network, actionSize, count, encoder, random);
      });
    this.critics = newCritics();
    this.targetCritics = newCritics(); // the same weights at first
    this.actorOptimizer = createOptimizer(this.actor.parameters, optimizer);
    this.criticOptimizer = createOptimizer(this.critics.parameters, optimizer);
  }

  /** Policy and critics as one module: what `save` has as its parameters. */
  get learned(): Module {
    return together({ actor: this.actor.network, critics: this.critics.network });
  }

  /** Another policy network with the first weights of the policy; the caller's. */
  newActor(): Flat<Actor> {
    const { network, actionSize, createActor, key } = this.options;
    return createFlat(network.device, key.child("actor"), (random) => {
      return createActor(network, actionSize, random);
    });
  }

  /** Brings the target critics by `tau` towards the critics. May be recorded. */
  followCritics(tau: number): void {
    polyak(this.targetCritics.parameters, this.critics.parameters, tau);
  }

  /** Sets the learning rate from the next step on. Not inside a recording. */
  setLearningRate(lr: number): void {
    setLearningRate(this.actorOptimizer, lr);
    setLearningRate(this.criticOptimizer, lr);
  }

  /** A copy of the state, for saving. */
  save(): BoxNetworksState {
    return {
      parameters: saveParameters(this.learned),
      targets: saveParameters(this.targetCritics.network),
      optimizer: { actor: this.actorOptimizer.state(), critics: this.criticOptimizer.state() },
    };
  }

  /** Goes on from a saved state. @throws NnError PARAMETER_MISMATCH */
  restore({ parameters, targets, optimizer }: BoxNetworksState): void {
    loadParameters(this.learned, parameters);
    loadParameters(this.targetCritics.network, targets);
    this.actorOptimizer.restore(optimizer.actor);
    this.criticOptimizer.restore(optimizer.critics);
  }

  /** Frees everything. Idempotent. */
  dispose(): void {
    disposeFlat(this.actor, this.critics, this.targetCritics);
    this.actorOptimizer.dispose();
    this.criticOptimizer.dispose();
  }
}
