/**
 * groupNorm: the channels of each sample normalised group by group (Wu and He 2018).
 *
 *   x [N, C, ...]   weight [C]   bias [C]   ->   y [N, C, ...]
 *   y = (x - mean) / sqrt(var + eps) * weight + bias, mean and variance over a sample's group of
 *   C / groups channels and all positions
 *
 * Gradients: see normalize.ts, which computes it. Channels may lie innermost in memory; the result
 * then does, too.
 */
import { ShapeError } from "../errors.js";
import { elementCount, formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkNormalized, normalize } from "./normalize.js";
import { reshape } from "./reshape.js";

/** Options of {@link groupNorm}. */
export interface GroupNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/** Group normalisation over dimension 1 in `groups` groups. Float, one dtype. */
export function groupNorm(
  x: Tensor,
  groups: number,
  weight?: Tensor,
  bias?: Tensor,
  options: GroupNormOptions = {},
): Tensor {
  const { eps = 1e-5 } = options;
  const [batch, channels, ...positions] = x.shape;
  if (x.rank < 2 || !Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new ShapeError(
      "groupNorm",
      `channels do not divide into groups (got x ${formatShape(x.shape)} and ${groups} groups, ` +
        "expected x [N,C,...] with C a multiple of groups)",
    );
  }
  checkNormalized("groupNorm", x, [channels], { weight, bias }, eps);
  const split = [batch, groups, channels / groups, elementCount(positions)];
  return normalize(x, weight, bias, { split, eps, centred: true });
}

/** A vector [C] as [C, 1, ...], so that it broadcasts along dimension 1 of `rank` dimensions. */
export function perChannel(vector: Tensor, rank: number): Tensor {
  return reshape(vector, [vector.shape[0], ...new Array<number>(rank - 2).fill(1)]);
}
