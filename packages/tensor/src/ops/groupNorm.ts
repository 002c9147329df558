/**
 * groupNorm: the channels of each sample normalised group by group (Wu and He 2018).
 *
 *   x [N, C, ...]   weight [C]   bias [C]   ->   y [N, C, ...]
 *   y = (x - mean) / sqrt(var + eps) * weight + bias, mean and variance over a sample's group of
 *   C / groups channels and all positions
 */
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./binary.js";
import { checkNormalized, normalizedOver } from "./normalize.js";
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
  return scope(() => {
    const split = reshape(x, [batch, groups, channels / groups, ...positions]);
    const over = split.shape.map((_, axis) => axis).slice(2);
    let y = reshape(normalizedOver(split, over, eps, true), x.shape);
    if (weight !== undefined) y = mul(y, perChannel(weight, x.rank));
    return bias === undefined ? y : add(y, perChannel(bias, x.rank));
  });
}

/** A vector [C] as [C, 1, ...], so that it broadcasts along dimension 1 of `rank` dimensions. */
export function perChannel(vector: Tensor, rank: number): Tensor {
  return reshape(vector, [vector.shape[0], ...new Array<number>(rank - 2).fill(1)]);
}
