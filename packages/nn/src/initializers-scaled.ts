/**
 * initializers-scaled: first values whose spread follows from the number of inputs and outputs, and the
 * truncated normal. As torch.nn.init.
 *
 * Fans of a weight [outputs, inputs, ...]: fan-in = inputs * (product of the rest), fan-out alike.
 */
import { type Shape, scope, tensor } from "@carom/tensor";
import { NnError } from "./errors.js";
import { type Initializer, normalInit, skippable, uniformInit } from "./initializers.js";

/** What follows a layer, for {@link calculateGain}. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

const gains: { readonly [K in Exclude<Nonlinearity, "leakyRelu">]: number } = {
  linear: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.SQRT2,
  selu: 3 / 4,
};

/**
 * The factor on first values that keeps the spread through a nonlinearity: PyTorch's table.
 * `slope` is that of leakyRelu below 0.
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  if (nonlinearity === "leakyRelu") return Math.sqrt(2 / (1 + slope * slope));
  if (!Object.hasOwn(gains, nonlinearity)) {
    throw new NnError(
      "INVALID_ARGUMENT",
      "calculateGain",
      `no such nonlinearity (got ${nonlinearity}, expected leakyRelu, ${Object.keys(gains).join(", ")})`,
    );
  }
  return gains[nonlinearity];
}

/** Options of {@link kaimingUniformInit} and {@link kaimingNormalInit}. */
export interface KaimingOptions {
  /** Keep the spread of values forward ("fanIn") or of gradients backward ("fanOut"). Default fanIn. */
  mode?: "fanIn" | "fanOut";
  /** What follows the layer. Default "relu". */
  nonlinearity?: Nonlinearity;
  /** Slope of leakyRelu below 0. Default 0.01. */
  slope?: number;
}

/** Uniform in +-gain sqrt(3 / fan) (He et al. 2015). */
export function kaimingUniformInit(options: KaimingOptions = {}): Initializer {
  return (shape, random) => {
    const std = kaimingStd("kaimingUniformInit", shape, options);
    return uniformInit(Math.sqrt(3) * std)(shape, random);
  };
}

/** Normal with standard deviation gain / sqrt(fan) (He et al. 2015). */
export function kaimingNormalInit(options: KaimingOptions = {}): Initializer {
  return (shape, random) =>
    normalInit(kaimingStd("kaimingNormalInit", shape, options))(shape, random);
}

/** Uniform in +-gain sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio 2010). */
export function xavierUniformInit(gain = 1): Initializer {
  return (shape, random) => {
    const { fanIn, fanOut } = fans("xavierUniformInit", shape);
    return uniformInit(gain * Math.sqrt(6 / (fanIn + fanOut)))(shape, random);
  };
}

/** Normal with standard deviation gain sqrt(2 / (fan-in + fan-out)) (Glorot and Bengio 2010). */
export function xavierNormalInit(gain = 1): Initializer {
  return (shape, random) => {
    const { fanIn, fanOut } = fans("xavierNormalInit", shape);
    return normalInit(gain * Math.sqrt(2 / (fanIn + fanOut)))(shape, random);
  };
}

/** Options of {@link truncatedNormalInit}. */
export interface TruncatedNormalOptions {
  /** Of the normal before it is cut. Default 0. */
  mean?: number;
  /** Of the normal before it is cut. Default 1. */
  std?: number;
  /** Smallest value. Default -2 (not in units of std, as in PyTorch). */
  low?: number;
  /** Largest value. Default 2. */
  high?: number;
}

/** Normal, restricted to [low, high] by inverting the cut distribution function. */
export function truncatedNormalInit(options: TruncatedNormalOptions = {}): Initializer {
  const { mean = 0, std = 1, low = -2, high = 2 } = options;
  if (!(std > 0 && low < high)) {
    throw new NnError(
      "INVALID_ARGUMENT",
      "truncatedNormalInit",
      `limits are not valid (got std ${std}, low ${low}, high ${high}, expected std > 0, low < high)`,
    );
  }
  const [from, to] = [normalCdf((low - mean) / std), normalCdf((high - mean) / std)];
  return skippable((shape, random) => {
    const shares = scope(() => random.uniform(shape).toTypedArray());
    const values = Float32Array.from(shares, (share) => {
      const value = mean + std * normalQuantile(from + (to - from) * (share + 2 ** -25));
      return Math.min(Math.max(value, low), high);
    });
    return tensor(values, { shape, device: random.tensor.device });
  });
}

function kaimingStd(where: string, shape: Shape, options: KaimingOptions): number {
  const { mode = "fanIn", nonlinearity = "relu", slope = 0.01 } = options;
  return calculateGain(nonlinearity, slope) / Math.sqrt(fans(where, shape)[mode]);
}

function fans(where: string, shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new NnError(
      "INVALID_ARGUMENT",
      where,
      `needs a weight (got shape [${shape.join(",")}], expected [outputs,inputs,...])`,
    );
  }
  const rest = shape.slice(2).reduce((count, size) => count * size, 1);
  return { fanIn: shape[1] * rest, fanOut: shape[0] * rest };
}

/** Share of a standard normal below x, to 1e-7 (Press et al., Numerical Recipes, erfc). */
function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 2 / (2 + z);
  const series = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398,
    1.48851587, -0.82215223, 0.17087277,
  ];
  const tail = 0.5 * t * Math.exp(-z * z + series.reduceRight((sum, c) => sum * t + c, 0));
  return x > 0 ? 1 - tail : tail;
}

const middleTop = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
  -3.066479806614716e1, 2.506628277459239,
];
const middleBottom = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
  -1.328068155288572e1, 1,
];
const tailTop = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const tailBottom = [
  7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1,
];

/** The x below which the share p of a standard normal lies, to 1e-8 (Acklam 2003). */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner(tailTop, q) / horner(tailBottom, q);
  }
  const q = p - 0.5;
  return (q * horner(middleTop, q * q)) / horner(middleBottom, q * q);
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, c) => sum * x + c, 0);
}
