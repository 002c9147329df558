/**
 * rmsNorm: each row divided by its root mean square (Zhang and Sennrich 2019).
 *
 *   x [..., C]   weight [C]   ->   y [..., C],  y = x / sqrt(mean(x^2) + eps) * weight
 *
 * Gradients: see normalize.ts, which computes it.
 */
import { elementCount } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { trailing } from "./layerNorm.js";
import { checkNormalized, normalize } from "./normalize.js";

/** Options of {@link rmsNorm}. */
export interface RmsNormOptions {
  /** Added to the mean square. Default 1e-6. */
  eps?: number;
}

/** Root-mean-square normalisation of the last dimension. Float, one dtype. */
export function rmsNorm(x: Tensor, weight?: Tensor, options: RmsNormOptions = {}): Tensor {
  const { eps = 1e-6 } = options;
  checkNormalized("rmsNorm", x, trailing("rmsNorm", x, 1), { weight }, eps);
  const size = x.shape[x.rank - 1];
  const rows = elementCount(x.shape.slice(0, -1));
  const how = { split: [rows, 1, size, 1], eps, centred: false };
  return normalize(x, weight, undefined, how);
}
