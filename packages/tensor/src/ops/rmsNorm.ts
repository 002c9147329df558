/**
 * rmsNorm: each row divided by its root mean square (Zhang and Sennrich 2019).
 *
 *   x [..., C]   weight [C]   ->   y [..., C],  y = x / sqrt(mean(x^2) + eps) * weight
 */
import { scope } from "../lifetime.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./binary.js";
import { trailing } from "./layerNorm.js";
import { checkNormalized, normalizedOver } from "./normalize.js";

/** Options of {@link rmsNorm}. */
export interface RmsNormOptions {
  /** Added to the mean square. Default 1e-6. */
  eps?: number;
}

/** Root-mean-square normalisation of the last dimension. Float, one dtype. */
export function rmsNorm(x: Tensor, weight?: Tensor, options: RmsNormOptions = {}): Tensor {
  const { eps = 1e-6 } = options;
  checkNormalized("rmsNorm", x, trailing("rmsNorm", x, 1), { weight }, eps);
  return scope(() => {
    const y = normalizedOver(x, [x.rank - 1], eps, false);
    return weight === undefined ? y : mul(y, weight);
  });
}
