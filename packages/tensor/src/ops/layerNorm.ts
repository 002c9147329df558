/**
 * layerNorm: each row (the last `axes` dimensions) shifted and scaled to mean 0 and variance 1
 * (Ba, Kiros and Hinton 2016).
 *
 *   x [..., C]   weight [C]   bias [C]   ->   y [..., C]
 *   y = (x - mean) / sqrt(var + eps) * weight + bias,  var = mean((x - mean)^2)
 *
 * Gradients: see normalize.ts, which computes it.
 */
import { ShapeError } from "../errors.js";
import { elementCount, formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkNormalized, normalize } from "./normalize.js";

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** How many of the last dimensions make up a row. Default 1. */
  axes?: number;
}

/** Layer normalisation; weight and bias have the shape of a row. Float, one dtype. */
export function layerNorm(
  x: Tensor,
  weight?: Tensor,
  bias?: Tensor,
  options: LayerNormOptions = {},
): Tensor {
  const { eps = 1e-5, axes = 1 } = options;
  const row = trailing("layerNorm", x, axes);
  checkNormalized("layerNorm", x, row, { weight, bias }, eps);
  const size = elementCount(row);
  const rows = elementCount(x.shape.slice(0, x.rank - row.length));
  const how = { split: [rows, 1, size, 1], eps, centred: true };
  return normalize(x, weight, bias, how);
}

/** The last `count` sizes of x. */
export function trailing(op: string, x: Tensor, count: number): readonly number[] {
  if (!Number.isInteger(count) || count < 1 || count > x.rank) {
    throw new ShapeError(
      op,
      `axes is not valid (got ${count}, expected 1..${x.rank} for x ${formatShape(x.shape)})`,
    );
  }
  return x.shape.slice(x.rank - count);
}
