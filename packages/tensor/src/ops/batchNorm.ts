/**
 * batchNorm: each channel normalised over the batch and all positions (Ioffe and Szegedy 2015).
 *
 *   x [N, C, ...]   weight, bias, runningMean, runningVariance [C]   ->   y [N, C, ...]
 *   y = (x - mean) / sqrt(var + eps) * weight + bias
 *
 * Training takes mean and variance of the batch and moves the running statistics towards them, in
 * place and on the device: running += momentum * (batch - running), with the unbiased variance.
 * Evaluation takes the running statistics, which then count as constants.
 *
 * Gradients when training, with xhat the normalised x and means over batch and positions:
 *   dx = weight / deviation * (dy - mean(dy) - xhat * mean(dy * xhat))
 *   dweight = sum of dy * xhat, dbias = sum of dy
 * The kernel works on rows of channels [N * positions, C]: channels innermost in memory are read in
 * place and the result lies in memory in that way, too; other layouts are copied first.
 */
import { activeTape, type GradientRule, type GradNode, record } from "../autograd/tape.js";
import { ShapeError, TensorError } from "../errors.js";
import { scope } from "../lifetime.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./binary.js";
import { detach } from "./copy.js";
import { checkWritable, differentiatedAgain, empty } from "./dispatch.js";
import { perChannel } from "./groupNorm.js";
import { hasDenseRows, isDenseLayout, prepared } from "./layout.js";
import { checkNormalized, flag } from "./normalize.js";
import { permute } from "./permute.js";
import { mean, sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { sqrt, square } from "./unary.js";

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
  const { weight, bias, runningMean, runningVariance, training, eps = 1e-5 } = options;
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
    if (x.rank === 2) return overRows(x, options, eps);
    const [batch, , ...positions] = x.shape;
    const channelsLast = permute(x, [0, ...axes.slice(1), 1]); // [N, ..., C]
    const rows = overRows(reshape(channelsLast, [count, channels]), options, eps);
    const back = [0, x.rank - 1, ...positions.map((_, i) => i + 1)];
    return permute(reshape(rows, [batch, ...positions, channels]), back);
  });
}

interface Saved {
  readonly eps: number;
  readonly weighted: boolean;
}

const batchNormRule: GradientRule<Saved> = {
  op: "batchNorm",
  backward: (dy, node) =>
    differentiatedAgain(dy, node) ? composedGradient(dy, node) : fusedGradient(dy, node),
};

/** Training, of x [M, C]. */
function overRows(x: Tensor, options: BatchNormOptions, eps: number): Tensor {
  const { weight, bias, runningMean, runningVariance, momentum = 0.1 } = options;
  const running = [runningMean, runningVariance].filter((r) => r !== undefined);
  for (const r of running) checkWritable("batchNorm", r);
  const affine = [weight, bias].filter((p) => p !== undefined);
  const [out, mean, rstd] = [x.shape, [x.shape[1]], [x.shape[1]]].map((shape) => {
    return empty(x.device, x.dtype, shape);
  });
  const tests = [hasDenseRows, isDenseLayout, isDenseLayout];
  prepared([x, ...affine], tests, (inputs) => {
    x.device.backend.run("batchNorm", inputs, [out, mean, rstd, ...running], {
      eps,
      momentum,
      weight: flag(weight !== undefined),
      bias: flag(bias !== undefined),
      runningMean: flag(runningMean !== undefined),
      runningVariance: flag(runningVariance !== undefined),
    });
  });
  for (const r of running) r.storage.version++;
  if (activeTape() === undefined) return out;
  const weighted = weight !== undefined;
  return record(out, batchNormRule, [x, ...affine], [x, mean, rstd, weight], { eps, weighted });
}

function fusedGradient(dy: Tensor, node: GradNode<Saved>): (Tensor | undefined)[] {
  const { weighted } = node.params;
  const [x, mean, rstd] = [node.saved(0), node.saved(1), node.saved(2)];
  const dx = empty(x.device, x.dtype, x.shape);
  const sums = [0, 1].map(() => empty(x.device, x.dtype, mean.shape));
  const inputs = [dy, x, mean, rstd, ...(weighted ? [node.saved(3)] : [])];
  const tests = inputs.map((_, i) => (i < 2 ? hasDenseRows : isDenseLayout));
  prepared(inputs, tests, (ready) => {
    const flags = { weight: flag(weighted) };
    x.device.backend.run("batchNormBackward", ready, [dx, ...sums], flags);
  });
  return [dx, ...(weighted ? sums : sums.slice(1))].slice(0, node.inputs.length);
}

/** The same as ops, from x alone. */
function composedGradient(dy: Tensor, node: GradNode<Saved>): (Tensor | undefined)[] {
  const { eps, weighted } = node.params;
  const x = node.saved(0);
  const c = sub(x, mean(x, 0));
  const deviation = sqrt(add(mean(square(c), 0), eps)); // [C]
  const xhat = div(c, deviation);
  const g = weighted ? mul(dy, node.saved(3)) : dy;
  const dx = div(sub(sub(g, mean(g, 0)), mul(xhat, mean(mul(g, xhat), 0))), deviation);
  const sums = [sum(mul(dy, xhat), 0), sum(dy, 0)];
  return [dx, ...(weighted ? sums : sums.slice(1))].slice(0, node.inputs.length);
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
