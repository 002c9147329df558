/**
 * losses: pure functions of predictions and targets, composed of ops.
 *
 * Every loss has one value per element and then a reduction. `weights` are factors per sample, as
 * prioritised replay has them; "mean" divides by the number of elements, not by the weights' sum.
 */
import {
  clamp,
  concat,
  type Device,
  type DType,
  full,
  greater,
  less,
  log,
  type Reduction,
  scope,
  sub,
  type Tensor,
  where,
} from "@carom/tensor";
import { NnError } from "./errors.js";

/** What all losses of this file take. */
export interface LossOptions {
  /** How the values become the result. Default "mean". */
  reduction?: Reduction;
  /** Factor of each sample, `[B]` for predictions `[B, ...]`. Default 1. */
  weights?: Tensor;
}

/** Options of {@link huber}. */
export interface HuberOptions extends LossOptions {
  /** Where the square ends and the line begins. Default 1. */
  delta?: number;
}

/** Options of {@link smoothL1}. */
export interface SmoothL1Options extends LossOptions {
  /** Where the square ends and the line begins. Default 1. */
  beta?: number;
}

/** Options of {@link quantileHuber}. */
export interface QuantileHuberOptions extends LossOptions {
  /** Where the square ends and the line begins. Default 1. */
  kappa?: number;
  /** The shares that the quantiles stand for, `[B, N]` or `[N]`. Default (i + 0.5) / N. */
  taus?: Tensor;
}

/** Squared error, `(prediction - target)^2`. Shapes are equal. */
export function mse(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return scope(() => reduced(difference("mse", prediction, target).square(), options));
}

/** With x the error: `x^2 / 2` where |x| <= delta, `delta (|x| - delta / 2)` beyond (Huber 1964). */
export function huber(prediction: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  const { delta = 1 } = options;
  checkPositive("huber", "delta", delta);
  return scope(() => reduced(huberOf(difference("huber", prediction, target), delta), options));
}

/** With x the error: `x^2 / (2 beta)` where |x| < beta, `|x| - beta / 2` beyond. */
export function smoothL1(
  prediction: Tensor,
  target: Tensor,
  options: SmoothL1Options = {},
): Tensor {
  const { beta = 1 } = options;
  checkPositive("smoothL1", "beta", beta);
  return scope(() => {
    const loss = huberOf(difference("smoothL1", prediction, target), beta);
    return reduced(loss.mul(1 / beta), options);
  });
}

/**
 * Binary cross entropy of probabilities 0..1, `-t log p - (1 - t) log(1 - p)`. A logarithm counts as
 * -100 at least, as in PyTorch; its gradient is 0 where p is exactly 0 or 1 against the target. From
 * logits, `bceWithLogits` is more accurate.
 */
export function bce(probability: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkShapes("bce", probability, target);
  return scope(() => {
    const hit = target.mul(safeLog(probability));
    const miss = sub(1, target).mul(safeLog(sub(1, probability)));
    return reduced(hit.add(miss).neg(), options);
  });
}

/** A distribution that has a divergence from others of its kind, see {@link kl}. */
export interface Divergent<D> {
  /** Kullback-Leibler divergence of `other` from this, one value per row. */
  kl(other: D): Tensor;
}

/** Kullback-Leibler divergence of q from p, two distributions of one kind, row by row. */
export function kl<D>(p: Divergent<D>, q: D, options: LossOptions = {}): Tensor {
  return scope(() => reduced(p.kl(q), options));
}

/**
 * Regression of quantiles (Dabney et al. 2018): quantiles `[B, N]` against samples of the target
 * `[B, M]`. With u = target_j - quantile_i, each pair counts `|tau_i - (u < 0)| huber(u) / kappa`;
 * summed over i, averaged over j, which leaves one value per row `[B]` to reduce.
 */
export function quantileHuber(
  quantiles: Tensor,
  target: Tensor,
  options: QuantileHuberOptions = {},
): Tensor {
  const { kappa = 1 } = options;
  checkPositive("quantileHuber", "kappa", kappa);
  if (quantiles.rank !== 2 || target.rank !== 2 || quantiles.shape[0] !== target.shape[0]) {
    throw new NnError(
      "INVALID_ARGUMENT",
      "quantileHuber",
      `shapes do not fit (got [${quantiles.shape}] and [${target.shape}], expected [B,N] and [B,M])`,
    );
  }
  return scope(() => {
    const count = quantiles.shape[1];
    const taus = options.taus ?? ramp(quantiles.device, quantiles.dtype, count).add(0.5).div(count); // [N]
    const u = target.unsqueeze(1).sub(quantiles.unsqueeze(2)); // [B, N, M]
    const below = u.less(0).cast(u.dtype);
    const share = taus.unsqueeze(-1).sub(below).abs(); // [B, N, M]
    const pairs = share.mul(huberOf(u, kappa)).mul(1 / kappa);
    return reduced(pairs.mean(2).sum(1), options); // [B] -> []
  });
}

/** Weights and reduction of a loss [B, ...]. */
export function reduced(loss: Tensor, { reduction = "mean", weights }: LossOptions): Tensor {
  const weighted = weights === undefined ? loss : loss.mul(perSample(weights, loss));
  if (reduction === "none") return weighted;
  return reduction === "sum" ? weighted.sum() : weighted.mean();
}

function perSample(weights: Tensor, loss: Tensor): Tensor {
  if (weights.rank !== 1 || weights.shape[0] !== loss.shape[0]) {
    throw new NnError(
      "INVALID_ARGUMENT",
      "weights",
      `there must be one per sample (got [${weights.shape}], expected [${loss.shape[0] ?? 1}])`,
    );
  }
  return weights.reshape([weights.shape[0], ...loss.shape.slice(1).map(() => 1)]);
}

/** x^2 / 2 within delta, delta (|x| - delta / 2) beyond; without a kink in the gradient. */
function huberOf(x: Tensor, delta: number): Tensor {
  const near = clamp(x, -delta, delta);
  return near.mul(x.sub(near.mul(0.5)));
}

function difference(where: string, prediction: Tensor, target: Tensor): Tensor {
  checkShapes(where, prediction, target);
  return prediction.sub(target);
}

function safeLog(p: Tensor): Tensor {
  const positive = greater(p, 0);
  const logs = log(where(positive, p, 1));
  return where(less(logs, -100), -100, where(positive, logs, -100));
}

/** 0, 1, ..., count - 1; by doubling, which works inside capture. */
function ramp(device: Device, dtype: DType, count: number): Tensor {
  let numbers = full([1], 0, { device, dtype });
  while (numbers.size < count) numbers = concat([numbers, numbers.add(numbers.size)]);
  return numbers.slice([0, count]);
}

function checkShapes(where: string, prediction: Tensor, target: Tensor): void {
  if (prediction.shape.join() === target.shape.join()) return;
  throw new NnError(
    "INVALID_ARGUMENT",
    where,
    `prediction and target differ in shape (got [${prediction.shape}] and [${target.shape}], ` +
      "expected equal ones)",
  );
}

function checkPositive(where: string, name: string, value: number): void {
  if (value > 0 && value < Infinity) return;
  throw new NnError(
    "INVALID_ARGUMENT",
    where,
    `${name} is not valid (got ${value}, expected a positive number)`,
  );
}
