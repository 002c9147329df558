/**
 * The network of the value-based agents (DQN and its extensions, PQN): an encoder and a head that gives
 * each action its value, or the distribution of its return.
 *
 *   plain    Q(s, a)
 *   dueling  Q(s, a) = V(s) + A(s, a) - mean over a' of A(s, a')   (Wang et al. 2016, eq. 9)
 *
 * With a distribution every action has N outputs: logits of N atoms (Bellemare et al. 2017) or N
 * quantiles (Dabney et al. 2018); the dueling sum is then taken output by output. A noisy head explores
 * by itself (Fortunato et al. 2018).
 * Legend: B batch, A actions, N outputs per action, O observation size.
 * Not here: losses (dqn/loss.ts), how actions are chosen.
 */
import type { GameSpec, Key } from "@carom/envs";
import {
  buffersOf,
  type ForwardOptions,
  type Layer,
  Linear,
  NoisyLinear,
  orthogonalInit,
  type Parameter,
  parametersOf,
  Sequential,
  zerosInit,
} from "@carom/nn";
import { type Device, RandomState, type Tensor, tensor } from "@carom/tensor";
import { createEncoder } from "./encoders/create.js";
import type { Encoder, EncoderFactory, EncoderShape, LayerOutput } from "./encoders/encoder.js";
import { AgentError } from "./errors.js";

/** What is learned of the return that follows an action. */
export type ReturnModel =
  /** Its mean: one output per action. */
  | { readonly kind: "none" }
  /** Probabilities of `atoms` returns spread evenly from `low` to `high`. */
  | {
      readonly kind: "c51";
      readonly atoms: number;
      readonly low: number;
      readonly high: number;
    }
  /** The quantiles (i + 0.5) / quantiles. */
  | { readonly kind: "quantile"; readonly quantiles: number };

/** Shape of the network, beside what the game decides. */
export interface QNetworkShape extends EncoderShape {
  /** Whether the value of the state and the advantages of the actions have heads of their own. */
  readonly dueling: boolean;
  /** Units of a hidden layer in each head; 0 for none. */
  readonly headWidth: number;
  /** What is learned of the return. */
  readonly returns: ReturnModel;
  /** First scale of the heads' trained noise, times sqrt(inputs); absent for heads without noise. */
  readonly sigma0?: number;
}

/** What a network of values is made from. */
export interface QNetworkOptions extends QNetworkShape {
  readonly spec: GameSpec;
  readonly device: Device;
  /** Key of the initial weights. */
  readonly key: Key;
  /** Makes the encoder; chosen by the shape when absent. */
  readonly createEncoder?: EncoderFactory | undefined;
}

/** Encoder and heads; see the head of this file. */
export class QNetwork implements Layer {
  readonly encoder: Encoder;
  /** Actions, A. */
  readonly actions: number;
  /** Outputs per action, N. */
  readonly outputs: number;
  /** What is learned of the return. */
  readonly returns: ReturnModel;
  /** The returns that the atoms of c51 stand for, `[N]`. */
  readonly support: Tensor | undefined;
  /** Heads of the actions and, where it is dueling, of the state. */
  private readonly heads: { readonly actions: Layer; readonly state?: Layer };
  private readonly noisy: NoisyLinear[] = [];

  /** @throws AgentError UNSUPPORTED_GAME where actions are not discrete. */
  constructor(options: QNetworkOptions) {
    const { spec, device, returns, dueling, createEncoder: make } = options;
    const random = new RandomState(options.key.words, { device });
    this.actions = countActions(spec);
    this.returns = returns;
    this.outputs = outputsOf(returns);
    this.support =
      returns.kind === "c51"
        ? tensor(atomReturns(returns), { shape: [this.outputs], device })
        : undefined;
    this.encoder = make?.(spec, random) ?? createEncoder(spec, options, random);
    const head = (count: number): Layer => this.createHead(count * this.outputs, options, random);
    const actions = head(this.actions);
    this.heads = dueling ? { actions, state: head(1) } : { actions };
    random.dispose();
  }

  /** Observations `[B, O]` as an env gives them, ready for `forward`; see `Encoder.prepare`. */
  prepare(observation: Tensor): Tensor {
    return this.encoder.prepare(observation);
  }

  /**
   * Prepared observations `[B, O]` to values `[B, A]` or, with a distribution, outputs `[B, A, N]`.
   * Noisy heads are noisy in training only.
   */
  forward(prepared: Tensor, options: ForwardOptions = {}): Tensor {
    const { actions, outputs, heads, returns } = this;
    const features = this.encoder.forward(prepared); // [B, F]
    const [batch] = features.shape;
    const isPlain = returns.kind === "none";
    const shape = isPlain ? [batch, actions] : [batch, actions, outputs];
    const advantage = heads.actions.forward(features, options).reshape(shape); // [B, A] or [B, A, N]
    if (heads.state === undefined) return advantage;
    const value = heads.state.forward(features, options); // [B, N]
    const centred = advantage.sub(advantage.mean(1, { keepdims: true }));
    return centred.add(isPlain ? value : value.reshape([batch, 1, outputs]));
  }

  /** Expected returns `[B, A]` of what `forward` gave. */
  values(output: Tensor): Tensor {
    if (this.returns.kind === "none") return output;
    if (this.support === undefined) return output.mean(-1); // over quantiles
    return output.softmax(-1).mul(this.support).sum(-1);
  }

  /** What each layer gives for prepared observations `[B, O]`, the actions' values last. */
  layerOutputs(prepared: Tensor): readonly LayerOutput[] {
    const trunk = this.encoder.layerOutputs?.(prepared) ?? [];
    return [...trunk, { name: "values", output: this.values(this.forward(prepared)) }];
  }

  /** Draws new noise for noisy heads, in place; also inside `capture`. */
  resample(random: RandomState): void {
    for (const layer of this.noisy) layer.resample(random);
  }

  /** Parameters by name: `trunk.*` (the encoder), `heads.actions.*`, `heads.state.*`. */
  parameters(): ReadonlyMap<string, Parameter> {
    return parametersOf(this.parts());
  }

  /** What is saved but not trained, by name: noise, and what the encoder has. */
  buffers(): ReadonlyMap<string, Parameter> {
    return buffersOf(this.parts());
  }

  /** Frees what is not a parameter. */
  dispose(): void {
    this.encoder.dispose();
    this.support?.dispose();
    for (const buffer of this.buffers().values()) buffer.tensor.dispose();
  }

  private parts(): Record<string, Layer> {
    const { actions, state } = this.heads;
    return {
      trunk: this.encoder,
      "heads.actions": actions,
      ...(state && { "heads.state": state }),
    };
  }

  /** One linear layer, or two with a ReLU between them. */
  private createHead(outputs: number, shape: QNetworkShape, random: RandomState): Layer {
    const { headWidth, sigma0 } = shape;
    const { size } = this.encoder;
    const layer = (from: number, to: number, activation: "none" | "relu"): Layer => {
      if (sigma0 === undefined) {
        const gain = activation === "relu" ? Math.SQRT2 : 1;
        const init = { weightInit: orthogonalInit(gain), biasInit: zerosInit };
        return new Linear(from, to, { random, activation, ...init });
      }
      const noisy = new NoisyLinear(from, to, { random, activation, sigma0 });
      this.noisy.push(noisy);
      return noisy;
    };
    if (headWidth === 0) return layer(size, outputs, "none");
    return new Sequential([layer(size, headWidth, "relu"), layer(headWidth, outputs, "none")]);
  }
}

/** Outputs per action. */
function outputsOf(returns: ReturnModel): number {
  if (returns.kind === "c51") return returns.atoms;
  return returns.kind === "quantile" ? returns.quantiles : 1;
}

/** The returns that the atoms stand for, from low to high. */
function atomReturns({ atoms, low, high }: ReturnModel & { readonly kind: "c51" }): Float32Array {
  return Float32Array.from({ length: atoms }, (_, i) => low + ((high - low) * i) / (atoms - 1));
}

function countActions({ id, actions }: GameSpec): number {
  if (actions.kind === "discrete") return actions.names.length;
  throw new AgentError(
    "UNSUPPORTED_GAME",
    `values of actions: need discrete actions (got ${id}, whose actions are a ${actions.kind})`,
  );
}
