/**
 * The networks of random network distillation: a target that stays as it was drawn, a predictor that
 * learns to do the same, and a value of curiosity's own rewards.
 *
 * Target and predictor read standardised observations; the predictor has one layer more (Burda et al.
 * 2018, appendix A.4: two more). The value reads observations as the policy does.
 * Legend: B batch, O observation size, F features of target and predictor.
 */
import type { GameSpec, Key } from "@carom/envs";
import {
  disposeModule,
  Linear,
  type Module,
  orthogonalInit,
  type Parameter,
  parametersOf,
  zerosInit,
} from "@carom/nn";
import { type Device, RandomState, type Tensor } from "@carom/tensor";
import { createEncoder } from "../encoders/create.js";
import type { Encoder, EncoderFactory, EncoderShape } from "../encoders/encoder.js";

/** Features of target and predictor, F. */
const featureCount = 64;

/** What the networks are made from. */
export interface CuriosityNetworkOptions {
  /** What the policy sees. */
  readonly spec: GameSpec;
  readonly device: Device;
  /** Shape of the policy's encoder, and of all of these. */
  readonly shape: EncoderShape;
  /** Key of the initial weights. */
  readonly key: Key;
  /** Makes the value's encoder; chosen by the shape when absent. */
  readonly createEncoder?: EncoderFactory | undefined;
}

/** The three networks; `parameters` are the trained ones. */
export class CuriosityNetworks implements Module {
  /** The fixed one. */
  readonly target: Module;
  private readonly targetStack: FeatureStack;
  private readonly predictor: FeatureStack;
  private readonly valueEncoder: Encoder;
  private readonly valueLayer: Linear;

  constructor({ spec, device, shape, key, createEncoder: make }: CuriosityNetworkOptions) {
    const random = new RandomState(key.words, { device });
    this.targetStack = new FeatureStack(spec, shape, 0, random);
    this.target = this.targetStack;
    this.predictor = new FeatureStack(spec, shape, 1, random);
    this.valueEncoder = make?.(spec, random) ?? createEncoder(spec, shape, random);
    const init = { random, weightInit: orthogonalInit(1), biasInit: zerosInit };
    this.valueLayer = new Linear(this.valueEncoder.size, 1, init);
    random.dispose();
  }

  /** How far the predictor is from the target at standardised observations `[B, O]`: `[B]`. */
  error(standardized: Tensor): Tensor {
    const target = this.targetStack.forward(standardized).detach(); // [B, F]
    return this.predictor.forward(standardized).sub(target).square().mean(1);
  }

  /** Expected return of curiosity's rewards at prepared observations `[B, O]`: `[B]`. */
  value(prepared: Tensor): Tensor {
    return this.valueLayer.forward(this.valueEncoder.forward(prepared)).slice(null, 0);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return parametersOf({
      predictor: this.predictor,
      "value.trunk": this.valueEncoder,
      "value.head": this.valueLayer,
    });
  }

  /** Frees the target and what is not a parameter. */
  dispose(): void {
    disposeModule(this.target);
    this.targetStack.dispose();
    this.predictor.dispose();
    this.valueEncoder.dispose();
  }
}

/** An encoder over standardised observations, `extra` hidden layers, and a layer of features. */
class FeatureStack implements Module {
  private readonly encoder: Encoder;
  private readonly layers: readonly Linear[];

  constructor(spec: GameSpec, shape: EncoderShape, extra: number, random: RandomState) {
    const { size, shape: sizes } = spec.observation;
    const observation = { size, shape: sizes }; // no bytes, no scale: they are standardised
    const usual = { encoder: shape.encoder, widths: "auto", activation: "relu" } as const;
    this.encoder = createEncoder({ ...spec, observation }, usual, random);
    const inputs = this.encoder.size;
    const init = { random, weightInit: orthogonalInit(Math.SQRT2), biasInit: zerosInit };
    const hidden = Array.from({ length: extra }, () => {
      return new Linear(inputs, inputs, { activation: "relu", ...init });
    });
    this.layers = [...hidden, new Linear(inputs, featureCount, init)];
  }

  /** `[B, O]` to `[B, F]`. */
  forward(standardized: Tensor): Tensor {
    let features = this.encoder.forward(standardized);
    for (const layer of this.layers) features = layer.forward(features);
    return features;
  }

  parameters(): ReadonlyMap<string, Parameter> {
    const layers = Object.fromEntries(this.layers.map((layer, i) => [`layers.${i}`, layer]));
    return parametersOf({ encoder: this.encoder, ...layers });
  }

  dispose(): void {
    this.encoder.dispose();
  }
}
