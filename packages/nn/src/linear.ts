/**
 * linear: a fully connected layer with a fused activation.
 *
 *   x [B, inputs] -> activation(x weight^T + bias) [B, outputs]
 *   weight [outputs, inputs] and bias [outputs], PyTorch's layout
 */
import { type Activation, linear, type RandomState, type Tensor } from "@carom/tensor";
import { fanInInit, type Initializer } from "./initializers.js";
import { type Layer, Parameter } from "./module.js";

/** Options of {@link Linear}. */
export interface LinearLayerOptions {
  /** Source of the first values, and the device. */
  random: RandomState;
  /** Applied to the result. Default "none". */
  activation?: Activation;
  /** Default: uniform in +-1/sqrt(inputs). */
  weightInit?: Initializer;
  /** Default: uniform in +-1/sqrt(inputs); `null` for no bias. */
  biasInit?: Initializer | null;
}

/** A fully connected layer. */
export class Linear implements Layer {
  /** [outputs, inputs] */
  readonly weight: Parameter;
  /** [outputs] */
  readonly bias: Parameter | undefined;
  /** Applied to the result. */
  readonly activation: Activation;

  constructor(inputs: number, outputs: number, options: LinearLayerOptions) {
    const { random, activation = "none", weightInit = fanInInit(inputs) } = options;
    const { biasInit = fanInInit(inputs) } = options;
    this.activation = activation;
    this.weight = new Parameter(weightInit([outputs, inputs], random));
    this.bias = biasInit === null ? undefined : new Parameter(biasInit([outputs], random));
  }

  /** x [..., inputs] -> [..., outputs] */
  forward(x: Tensor): Tensor {
    const { activation } = this;
    return linear(x, this.weight.tensor, this.bias?.tensor, { activation });
  }

  parameters(): ReadonlyMap<string, Parameter> {
    const own = new Map([["weight", this.weight]]);
    if (this.bias !== undefined) own.set("bias", this.bias);
    return own;
  }
}
