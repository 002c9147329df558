/**
 * The network of the policy-gradient agents: an encoder, perhaps a recurrent core, and one linear layer
 * whose first P outputs are those of the policy (heads/) and whose last is the value. With
 * `separateCritic` the value has an encoder and a layer of its own.
 *
 * Initialised orthogonally: gain sqrt(2) in the encoder, 0.01 for the policy, 1 for the value (Huang et
 * al. 2022, detail 2). Legend: B batch (T steps of N games where there is a core), O observation size,
 * P policy outputs, S state size of the core.
 */
import type { GameSpec, Key } from "@carom/envs";
import {
  type Layer,
  Linear,
  type Module,
  orthogonalInit,
  type Parameter,
  parametersOf,
  rowBlocks,
  zerosInit,
} from "@carom/nn";
import { type Device, RandomState, type Tensor } from "@carom/tensor";
import { type Core, type CoreKind, createCore } from "./core.js";
import { createEncoder } from "./encoders/create.js";
import type { Encoder, EncoderFactory, EncoderShape, LayerOutput } from "./encoders/encoder.js";
import { denseLayers } from "./encoders/mlp.js";
import { createHead } from "./heads/create.js";
import type { ActionHead } from "./heads/head.js";

/** Shape of the network, beside what the game decides. */
export interface NetworkShape extends EncoderShape {
  /** Whether the value has a network of its own. */
  readonly separateCritic: boolean;
  /** The recurrent core, if there is one, and the widths of fully connected layers after it. */
  readonly core?: {
    readonly kind: CoreKind;
    readonly units: number;
    readonly widths: readonly number[];
  };
}

/** What an actor-critic network is made from. */
export interface ActorCriticOptions extends NetworkShape {
  readonly spec: GameSpec;
  readonly device: Device;
  /** Key of the initial weights. */
  readonly key: Key;
  /** Makes the encoder; chosen by the shape when absent. */
  readonly createEncoder?: EncoderFactory | undefined;
}

/** What a core needs beside its inputs. */
export interface Memory {
  /** State of every game before the first step, `[N, S]`. */
  readonly state: Tensor;
  /** bool `[T, N]`: true where an episode begins with this step. */
  readonly reset: Tensor;
}

/** Policy and value of a batch of observations. */
export interface ActorCriticOutput {
  /** Outputs for the policy head, `[B, P]`. */
  readonly policy: Tensor;
  /** State values, `[B]`. */
  readonly value: Tensor;
  /** State after the last step, `[N, S]`; only with a core. */
  readonly state?: Tensor;
}

/** Encoder, core and heads; see the head of this file. */
export class ActorCritic implements Module {
  readonly encoder: Encoder;
  readonly core: Core | undefined;
  readonly head: ActionHead;
  private readonly critic: { readonly encoder: Encoder; readonly layer: Linear } | undefined;
  private readonly body: readonly Layer[];
  private readonly layer: Linear;

  constructor(options: ActorCriticOptions) {
    const { spec, device, core, separateCritic, createEncoder: make } = options;
    const random = new RandomState(options.key.words, { device });
    const newEncoder = (): Encoder => make?.(spec, random) ?? createEncoder(spec, options, random);
    this.encoder = newEncoder();
    this.core = core && createCore(core.kind, this.encoder.size, core.units, random);
    this.body = this.core && core ? bodyOf(this.core.units, core.widths, options, random) : [];
    this.head = createHead(spec.actions, device);
    const features = core?.widths.at(-1) ?? this.core?.units ?? this.encoder.size;
    const { outputs } = this.head;
    if (separateCritic) {
      this.layer = new Linear(features, outputs, { random, ...policyInit });
      const encoder = newEncoder();
      this.critic = { encoder, layer: new Linear(encoder.size, 1, { random, ...valueInit }) };
    } else {
      const weightInit = rowBlocks([outputs, policyInit.weightInit], [1, valueInit.weightInit]);
      this.layer = new Linear(features, outputs + 1, { random, weightInit, biasInit: zerosInit });
    }
    random.dispose();
  }

  /** Numbers of state per game, 0 without a core. */
  get stateSize(): number {
    return this.core?.stateSize ?? 0;
  }

  /**
   * Parameters by name: `trunk.*` (the encoder), `core.*`, `body.*`, and `heads.*` or, with a critic of its own,
   * `policy.*`, `critic.*`, `value.*`; `log_std` for continuous actions.
   */
  parameters(): ReadonlyMap<string, Parameter> {
    const { critic, core, layer } = this;
    return new Map([
      ...parametersOf({ trunk: this.encoder, ...(core && { core }) }),
      ...parametersOf(Object.fromEntries(this.body.map((one, i) => [`body.${i}`, one]))),
      ...parametersOf(critic ? { policy: layer } : { heads: layer }),
      ...(critic ? parametersOf({ critic: critic.encoder, value: critic.layer }) : []),
      ...this.head.parameters(),
    ]);
  }

  /** Observations `[B, O]` as rollouts keep them; see `Encoder.prepare`. */
  prepare(observation: Tensor): Tensor {
    return this.encoder.prepare(observation);
  }

  /**
   * Policy and value of prepared observations `[B, O]`. With a core, `memory` is needed and the rows are T
   * steps of N games, step after step.
   */
  forward(prepared: Tensor, memory?: Memory): ActorCriticOutput {
    const { features, state } = this.remember(this.encoder.forward(prepared), memory);
    const out = this.layer.forward(features); // [B, P + 1], or [B, P]
    const last = state && { state };
    const { outputs } = this.head;
    if (this.critic === undefined) {
      return { policy: out.slice(null, [0, outputs]), value: out.slice(null, outputs), ...last };
    }
    const { encoder, layer } = this.critic;
    const value = layer.forward(encoder.forward(prepared)).slice(null, 0); // [B]
    return { policy: out, value, ...last };
  }

  /** What each layer gives for prepared observations `[B, O]`; of networks without memory. */
  layerOutputs(prepared: Tensor): readonly LayerOutput[] {
    const { encoder, critic, head } = this;
    const trunk = encoder.layerOutputs?.(prepared) ?? [];
    const { policy, value } = this.forward(prepared);
    const shown = head.probabilities(policy) ?? policy;
    const valued = { name: "value", output: value.reshape([value.size, 1]) };
    const decided = { name: "policy", output: shown };
    if (critic === undefined) return [...trunk, decided, valued];
    const own = critic.encoder.layerOutputs?.(prepared) ?? [];
    const named = own.map(({ name, output }) => ({ name: `critic, ${name}`, output }));
    return [...trunk, decided, ...named, valued];
  }

  /** Frees what is not a parameter. */
  dispose(): void {
    this.encoder.dispose();
    this.critic?.encoder.dispose();
    this.head.dispose();
  }

  private remember(
    features: Tensor, // [B, F]
    memory: Memory | undefined,
  ): { features: Tensor; state?: Tensor } {
    const { core } = this;
    if (core === undefined) return { features };
    if (memory === undefined) throw new TypeError("forward: a recurrent network needs a memory");
    const [steps, games] = memory.reset.shape;
    const sequence = features.reshape([steps, games, features.shape[1]]); // [T, N, F]
    const { output, state } = core.forward(sequence, memory.state, memory.reset);
    let rows = output.reshape([steps * games, core.units]);
    for (const layer of this.body) rows = layer.forward(rows);
    return { features: rows, state };
  }
}

/** The fully connected layers after the core. */
function bodyOf(
  units: number,
  widths: readonly number[],
  { activation }: NetworkShape,
  random: RandomState,
): Layer[] {
  const kind = activation === "relu" ? "relu" : "tanh";
  return [...denseLayers(units, { widths, activation: kind }, random)];
}

const policyInit = { weightInit: orthogonalInit(0.01), biasInit: zerosInit };
const valueInit = { weightInit: orthogonalInit(1), biasInit: zerosInit };
