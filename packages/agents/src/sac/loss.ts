/**
 * SAC's losses, as pure functions of tensors (Haarnoja et al. 2018, https://arxiv.org/abs/1812.05905).
 * Those of critics and temperature, which others share, are in off-policy/. Legend: B batch.
 */
import type { Tensor } from "@carom/tensor";
import { smallest } from "../off-policy/loss.js";

/** V(s) = min_i Q_i(s, a) - alpha log pi(a|s) of one sampled action (eq. 3), `[B]`; alpha is `[]`. */
export function softValue(values: readonly Tensor[], logProb: Tensor, alpha: Tensor): Tensor {
  return smallest(values).sub(alpha.mul(logProb));
}

/** mean (alpha log pi(a|s) - min_i Q_i(s, a)), where a is a function of the policy (eq. 9). */
export function softPolicyLoss(values: readonly Tensor[], logProb: Tensor, alpha: Tensor): Tensor {
  return softValue(values, logProb, alpha).mean().neg();
}
