/**
 * norms: layers that bring values to a common scale, each with a trained scale and (but for RMSNorm) a
 * trained shift per channel, which begin at 1 and 0. The formulas are at the ops of the same names.
 *
 *   LayerNorm  over the last dimensions       RMSNorm    over the last dimension, without a mean
 *   GroupNorm  over groups of channels        BatchNorm  over the batch, with running statistics
 */
import {
  batchNorm,
  type CreationOptions,
  full,
  groupNorm,
  layerNorm,
  rmsNorm,
  type Shape,
  type Tensor,
} from "@carom/tensor";
import { type ForwardOptions, type Layer, Parameter } from "./module.js";

/** Options of {@link LayerNorm}, {@link RMSNorm} and {@link GroupNorm}. */
export interface NormOptions extends Pick<CreationOptions, "device"> {
  /** Added under the root. Default 1e-5; 1e-6 for RMSNorm. */
  eps?: number;
  /** Whether there is a trained scale and shift. Default true. */
  affine?: boolean;
}

/** Options of {@link BatchNorm}. */
export interface BatchNormLayerOptions extends NormOptions {
  /** Share of each batch in the running statistics. Default 0.1. */
  momentum?: number;
}

/** Each row, the last dimensions of the given sizes, to mean 0 and variance 1. */
export class LayerNorm implements Layer {
  /** The shape of a row. */
  readonly weight: Parameter | undefined;
  /** The shape of a row. */
  readonly bias: Parameter | undefined;
  readonly #shape: Shape;
  readonly #eps: number | undefined;

  constructor(shape: number | Shape, options: NormOptions = {}) {
    this.#shape = typeof shape === "number" ? [shape] : shape;
    this.#eps = options.eps;
    [this.weight, this.bias] = affine(this.#shape, options);
  }

  /** `x [..., shape]` -> the same shape */
  forward(x: Tensor): Tensor {
    const options = { axes: this.#shape.length, ...given(this.#eps) };
    return layerNorm(x, this.weight?.tensor, this.bias?.tensor, options);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return weightAndBias(this.weight, this.bias);
  }
}

/** Each row divided by its root mean square. */
export class RMSNorm implements Layer {
  /** `[width]` */
  readonly weight: Parameter | undefined;
  readonly #eps: number | undefined;

  constructor(width: number, options: NormOptions = {}) {
    this.#eps = options.eps;
    [this.weight] = affine([width], { ...options, bias: false });
  }

  /** `x [..., width]` -> the same shape */
  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight?.tensor, given(this.#eps));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return weightAndBias(this.weight, undefined);
  }
}

/** The channels of each sample, group by group, to mean 0 and variance 1. */
export class GroupNorm implements Layer {
  /** `[channels]` */
  readonly weight: Parameter | undefined;
  /** `[channels]` */
  readonly bias: Parameter | undefined;
  /** Number of groups; divides the number of channels. */
  readonly groups: number;
  readonly #eps: number | undefined;

  constructor(groups: number, channels: number, options: NormOptions = {}) {
    this.groups = groups;
    this.#eps = options.eps;
    [this.weight, this.bias] = affine([channels], options);
  }

  /** `x [N, channels, ...]` -> the same shape */
  forward(x: Tensor): Tensor {
    return groupNorm(x, this.groups, this.weight?.tensor, this.bias?.tensor, given(this.#eps));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return weightAndBias(this.weight, this.bias);
  }
}

/**
 * Each channel to mean 0 and variance 1: over the batch when training, by the running statistics
 * otherwise. Those are buffers: saved and loaded, not trained.
 */
export class BatchNorm implements Layer {
  /** `[channels]` */
  readonly weight: Parameter | undefined;
  /** `[channels]` */
  readonly bias: Parameter | undefined;
  /** `[channels]`, 0 at first */
  readonly runningMean: Parameter;
  /** `[channels]`, 1 at first */
  readonly runningVariance: Parameter;
  readonly #options: Pick<BatchNormLayerOptions, "eps" | "momentum">;

  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    const { eps = 1e-5, momentum = 0.1, device } = options;
    [this.weight, this.bias] = affine([channels], options);
    this.runningMean = new Parameter(full([channels], 0, device && { device }));
    this.runningVariance = new Parameter(full([channels], 1, device && { device }));
    this.#options = { eps, momentum };
  }

  /** `x [N, channels, ...]` -> the same shape. Training moves the running statistics. */
  forward(x: Tensor, { training = false }: ForwardOptions = {}): Tensor {
    return batchNorm(x, {
      ...this.#options,
      ...(this.weight && { weight: this.weight.tensor }),
      ...(this.bias && { bias: this.bias.tensor }),
      runningMean: this.runningMean.tensor,
      runningVariance: this.runningVariance.tensor,
      training,
    });
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return weightAndBias(this.weight, this.bias);
  }

  /** `running_mean` and `running_var`, PyTorch's names. */
  buffers(): ReadonlyMap<string, Parameter> {
    return new Map([
      ["running_mean", this.runningMean],
      ["running_var", this.runningVariance],
    ]);
  }
}

function given(eps: number | undefined): { eps?: number } {
  return eps === undefined ? {} : { eps };
}

function affine(
  shape: Shape,
  options: NormOptions & { bias?: boolean },
): [Parameter | undefined, Parameter | undefined] {
  const { affine: trained = true, bias = true, device } = options;
  const make = (value: number) => new Parameter(full(shape, value, device && { device }));
  return [trained ? make(1) : undefined, trained && bias ? make(0) : undefined];
}

function weightAndBias(
  weight: Parameter | undefined,
  bias: Parameter | undefined,
): ReadonlyMap<string, Parameter> {
  const own = new Map<string, Parameter>();
  if (weight !== undefined) own.set("weight", weight);
  if (bias !== undefined) own.set("bias", bias);
  return own;
}
