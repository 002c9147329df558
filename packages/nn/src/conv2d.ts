/**
 * conv2d, conv-transpose2d: convolution layers over images [N, C, H, W].
 *
 *   Conv2d           weight [outputs, inputs/groups, kh, kw], bias [outputs]
 *   ConvTranspose2d  weight [inputs, outputs/groups, kh, kw], bias [outputs]
 *
 * Layouts, names and first values are those of torch.nn.
 */
import {
  type Conv2dOptions,
  type ConvTranspose2dOptions,
  conv2d,
  convTranspose2d,
  type Pair,
  type RandomState,
  type Tensor,
} from "@carom/tensor";
import { fanInInit, type Initializer } from "./initializers.js";
import { type Layer, Parameter } from "./module.js";

/** What the layers of this file have in common. */
export interface ConvolutionInit {
  /** Source of the first values, and the device. */
  random: RandomState;
  /** Default: uniform in +-1/sqrt(fan-in), PyTorch's. */
  weightInit?: Initializer;
  /** Default: uniform in +-1/sqrt(fan-in); `null` for no bias. */
  biasInit?: Initializer | null;
}

/** Options of {@link Conv2d}: those of the op, and how to begin. */
export interface Conv2dLayerOptions extends Conv2dOptions, ConvolutionInit {}

/** Options of {@link ConvTranspose2d}: those of the op, and how to begin. */
export interface ConvTranspose2dLayerOptions extends ConvTranspose2dOptions, ConvolutionInit {}

/** A convolution with a fused activation. */
export class Conv2d implements Layer {
  /** `[outputs, inputs/groups, kh, kw]` */
  readonly weight: Parameter;
  /** `[outputs]` */
  readonly bias: Parameter | undefined;
  readonly #options: Conv2dOptions;

  constructor(inputs: number, outputs: number, kernel: Pair, options: Conv2dLayerOptions) {
    const { random: _, weightInit: __, biasInit: ___, ...how } = options;
    const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const shape = [outputs, inputs / (how.groups ?? 1), height, width];
    const parameters = convolutionParameters(shape, outputs, options);
    this.weight = parameters.weight;
    this.bias = parameters.bias;
    this.#options = how;
  }

  /** `x [N, inputs, H, W]` -> `[N, outputs, P, Q]`; x may be uint8. */
  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight.tensor, this.bias?.tensor, this.#options);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return weightAndBias(this);
  }
}

/** A transposed convolution, which enlarges images. */
export class ConvTranspose2d implements Layer {
  /** `[inputs, outputs/groups, kh, kw]` */
  readonly weight: Parameter;
  /** `[outputs]` */
  readonly bias: Parameter | undefined;
  readonly #options: ConvTranspose2dOptions;

  constructor(inputs: number, outputs: number, kernel: Pair, options: ConvTranspose2dLayerOptions) {
    const { random: _, weightInit: __, biasInit: ___, ...how } = options;
    const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const shape = [inputs, outputs / (how.groups ?? 1), height, width];
    const parameters = convolutionParameters(shape, outputs, options);
    this.weight = parameters.weight;
    this.bias = parameters.bias;
    this.#options = how;
  }

  /** `x [N, inputs, H, W]` -> `[N, outputs, P, Q]` */
  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight.tensor, this.bias?.tensor, this.#options);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return weightAndBias(this);
  }
}

interface WeightAndBias {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
}

/** As PyTorch, the fan-in is counted along dimension 1, for transposed convolutions, too. */
function convolutionParameters(
  shape: readonly number[],
  outputs: number,
  { random, weightInit, biasInit }: ConvolutionInit,
): WeightAndBias {
  const fanIn = shape[1] * shape[2] * shape[3];
  const weight = new Parameter((weightInit ?? fanInInit(fanIn))(shape, random));
  if (biasInit === null) return { weight, bias: undefined };
  return { weight, bias: new Parameter((biasInit ?? fanInInit(fanIn))([outputs], random)) };
}

function weightAndBias({ weight, bias }: WeightAndBias): ReadonlyMap<string, Parameter> {
  const own = new Map([["weight", weight]]);
  if (bias !== undefined) own.set("bias", bias);
  return own;
}
