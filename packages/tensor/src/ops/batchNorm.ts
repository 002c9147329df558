/**
 * batchNorm: each channel normalised over the batch and all positions (Ioffe and Szegedy 2015).
 *
 *   x [N, C, ...]   weight, bias, runningMean, runningVariance [C]   ->   y [N, C, ...]
 *   y = (x - mean) / sqrt(var + eps) * weight + bias
 *
 * Training takes mean and variance of the batch and moves the running statistics towards them, in
 * place and on the device: running += momentum * (batch - running), with the unbiased variance.
 * Evaluation takes the running statistics, which then count as constants.
 */
import { ShapeError, TensorError } from "../errors.js";
import { scope } from "../lifetime.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./binary.js";
import { detach } from "./copy.js";
import { checkWritable } from "./dispatch.js";
import { perChannel } from "./groupNorm.js";
import { checkNormalized } from "./normalize.js";
import { mean } from "./reduce.js";
import { sqrt, square } from "./unary.js";
import { variance } from "./variance.js";

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** Scale of each channel, [C]. */
  weight?: Tensor;
  /** Shift of each channel, [C]. */
  bias?: Tensor;
  /** Running mean, [C]; moved in place when training, needed when not. */
  runningMean?: Tensor;
  /** Running variance, [C]; moved in place when training, needed when not. */
  runningVariance?: Tensor;
  /** Whether to use the statistics of the batch. */
  training: boolean;
  /** Share of the batch in the running statistics. Default 0.1. */
  momentum?: number;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/** Batch normalisation over dimension 1. Float, one dtype. */
export function batchNorm(x: Tensor, options: BatchNormOptions): Tensor {
  const { weight, bias, runningMean, runningVariance, training, momentum = 0.1 } = options;
  const { eps = 1e-5 } = options;
  const channels = x.shape[1];
  if (x.rank < 2) {
    throw new ShapeError(
      "batchNorm",
      `x has no channels (got ${formatShape(x.shape)}, expected [N,C,...])`,
    );
  }
  const parameters = { weight, bias, runningMean, runningVariance };
  checkNormalized("batchNorm", x, [channels], parameters, eps);
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  if (!training) return evaluated(x, options, eps);
  const count = channels === 0 ? 0 : x.size / channels;
  if (count === 1) {
    throw new ShapeError(
      "batchNorm",
      `training needs more than one value per channel (got x ${formatShape(x.shape)})`,
    );
  }
  return scope(() => {
    let y = normalizedOver(x, axes, eps);
    if (weight !== undefined) y = mul(y, perChannel(weight, x.rank));
    if (bias !== undefined) y = add(y, perChannel(bias, x.rank));
    const fixed = detach(x);
    if (runningMean !== undefined) move(runningMean, mean(fixed, axes), momentum);
    if (runningVariance !== undefined) move(runningVariance, variance(fixed, axes), momentum);
    return y;
  });
}

/** running += momentum * (batch - running) */
function move(running: Tensor, batch: Tensor, momentum: number): void {
  checkWritable("batchNorm", running);
  running.copyFrom(add(running, mul(sub(batch, running), momentum)));
}

function evaluated(x: Tensor, options: BatchNormOptions, eps: number): Tensor {
  const { weight, bias, runningMean, runningVariance } = options;
  if (runningMean === undefined || runningVariance === undefined) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "batchNorm",
      "evaluation needs runningMean and runningVariance (got undefined, expected tensors [C])",
    );
  }
  return scope(() => {
    const deviation = sqrt(add(detach(runningVariance), eps));
    const scale = weight === undefined ? deviation.reciprocal() : div(weight, deviation); // [C]
    const shift = mul(detach(runningMean), scale).neg(); // [C]
    const offset = bias === undefined ? shift : add(shift, bias);
    return add(mul(x, perChannel(scale, x.rank)), perChannel(offset, x.rank));
  });
}

/** x brought to mean 0 and variance 1 over `axes`. */
function normalizedOver(x: Tensor, axes: readonly number[], eps: number): Tensor {
  const c = sub(x, mean(x, axes, { keepdims: true }));
  return div(c, sqrt(add(mean(square(c), axes, { keepdims: true }), eps)));
}
