/**
 * Rescaled values (Pohlen et al. 2018, https://arxiv.org/abs/1805.11593, proposition A.2), with which
 * returns of any size are learned without clipping rewards:
 *
 *   h(x)    = sign(x) (sqrt(|x| + 1) - 1) + eps x
 *   h^-1(y) = sign(y) (s^2 - 1),   s = (sqrt(1 + 4 eps (|y| + 1 + eps)) - 1) / (2 eps)
 *                                    = 2 (|y| + 1 + eps) / (sqrt(1 + 4 eps (|y| + 1 + eps)) + 1)
 *
 * The last form is the one computed: it loses no digits near 0, and eps may be 0.
 */
import type { Tensor } from "@carom/tensor";

/** Slope of h far from 0, which keeps its inverse from growing too fast; the paper's eps. */
export const rescalingSlope = 1e-3;

/** h(x), elementwise. */
export function rescale(x: Tensor, eps: number = rescalingSlope): Tensor {
  return x.sign().mul(x.abs().add(1).sqrt().sub(1)).add(x.mul(eps));
}

/** h^-1(y), elementwise. */
export function unrescale(y: Tensor, eps: number = rescalingSlope): Tensor {
  const u = y.abs().add(1 + eps);
  const root = u
    .mul(4 * eps)
    .add(1)
    .sqrt()
    .add(1);
  const s = u.mul(2).div(root);
  // s >= 1 exactly where y is 0, but rounding must not turn the sign.
  return y.sign().mul(s.sub(1).mul(s.add(1)).maximum(0));
}
