/**
 * The network of R2D2: an encoder, a recurrent core and dueling heads (Wang et al. 2016, eq. 9).
 *
 *   Q(s, a) = V(s) + A(s, a) - mean over a' of A(s, a')
 *
 * V and A are one linear layer of A + 1 outputs on what the core gives.
 * Legend: T steps, B games or sequences, O observation size, S state size, A actions.
 * Not here: losses, how actions are chosen.
 */
import type { GameSpec, Key } from "@carom/envs";
import {
  Linear,
  type Module,
  orthogonalInit,
  type Parameter,
  parametersOf,
  zerosInit,
} from "@carom/nn";
import { type Device, RandomState, type Tensor } from "@carom/tensor";
import type { Memory } from "../actor-critic.js";
import { type Core, type CoreKind, createCore } from "../core.js";
import { createEncoder } from "../encoders/create.js";
import type { Encoder, EncoderFactory, EncoderShape } from "../encoders/encoder.js";
import { AgentError } from "../errors.js";

/** Shape of the network, beside what the game decides. */
export interface RecurrentQShape extends EncoderShape {
  readonly core: { readonly kind: CoreKind; readonly units: number };
  /** Whether state values and advantages are told apart. */
  readonly dueling: boolean;
}

/** What the network is made from. */
export interface RecurrentQOptions extends RecurrentQShape {
  readonly spec: GameSpec;
  readonly device: Device;
  /** Key of the initial weights. */
  readonly key: Key;
  /** Makes the encoder; chosen by the shape when absent. */
  readonly createEncoder?: EncoderFactory | undefined;
}

/** Values of T steps of B games, and the state after the last step. */
export interface RecurrentQOutput {
  /** `[T * B, A]`, step after step. */
  readonly q: Tensor;
  /** `[B, S]` */
  readonly state: Tensor;
}

/** Encoder, core and heads; see the head of this file. */
export class RecurrentQNetwork implements Module {
  readonly encoder: Encoder;
  readonly core: Core;
  /** Actions, A. */
  readonly actions: number;
  private readonly dueling: boolean;
  private readonly heads: Linear;

  /** @throws AgentError UNSUPPORTED_GAME where actions are not discrete. */
  constructor(options: RecurrentQOptions) {
    const { spec, device, core, dueling, createEncoder: make } = options;
    const random = new RandomState(options.key.words, { device });
    this.actions = countActions(spec);
    this.dueling = dueling;
    this.encoder = make?.(spec, random) ?? createEncoder(spec, options, random);
    this.core = createCore(core.kind, this.encoder.size, core.units, random);
    const init = { random, weightInit: orthogonalInit(1), biasInit: zerosInit };
    this.heads = new Linear(core.units, this.actions + (dueling ? 1 : 0), init);
    random.dispose();
  }

  /** Numbers of state per game, S. */
  get stateSize(): number {
    return this.core.stateSize;
  }

  /** Observations `[B, O]` as an env gives them, ready for `forward`; see `Encoder.prepare`. */
  prepare(observation: Tensor): Tensor {
    return this.encoder.prepare(observation);
  }

  /** Values of prepared observations `[T * B, O]`, step after step, from a state on. */
  forward(prepared: Tensor, { state: before, reset }: Memory): RecurrentQOutput {
    const [steps, games] = reset.shape;
    const features = this.encoder.forward(prepared); // [T * B, F]
    const sequence = features.reshape([steps, games, this.encoder.size]); // [T, B, F]
    const { output, state } = this.core.forward(sequence, before, reset); // [T, B, U]
    const out = this.heads.forward(output.reshape([steps * games, this.core.units]));
    if (!this.dueling) return { q: out, state };
    const advantage = out.slice(null, [0, this.actions]); // [T * B, A]
    const value = out.slice(null, [this.actions, null]); // [T * B, 1]
    return { q: advantage.sub(advantage.mean(1, { keepdims: true })).add(value), state };
  }

  /** Parameters by name: `trunk.*` (the encoder), `core.*`, `heads.*`. */
  parameters(): ReadonlyMap<string, Parameter> {
    return parametersOf({ trunk: this.encoder, core: this.core, heads: this.heads });
  }

  /** Frees what is not a parameter. */
  dispose(): void {
    this.encoder.dispose();
  }
}

function countActions({ id, actions }: GameSpec): number {
  if (actions.kind === "discrete") return actions.names.length;
  throw new AgentError(
    "UNSUPPORTED_GAME",
    `r2d2: takes games with discrete actions (got ${id}, whose actions are a ${actions.kind})`,
  );
}
