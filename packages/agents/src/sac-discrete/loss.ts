/**
 * Discrete SAC's losses, as pure functions of tensors (Christodoulou 2019, https://arxiv.org/abs/1910.07207).
 * What a continuous policy estimates by one sampled action is here a sum over all of them. Those of critics
 * and temperature, which others share, are in off-policy/. Legend: B batch, A actions.
 */
import { categoricalEntropy } from "@carom/nn";
import type { Tensor } from "@carom/tensor";
import { smallest } from "../off-policy/loss.js";

/** V(s) = sum_a pi(a|s) (min_i Q_i(s, a) - alpha log pi(a|s)) (eq. 10), `[B]`. */
export function softStateValue(
  values: readonly Tensor[], // [B, A] each
  logits: Tensor, // [B, A]; of forbidden actions so low that their probability is 0
  alpha: Tensor, // []
): Tensor {
  const expected = logits.softmax(-1).mul(smallest(values)).sum(-1); // [B]
  return expected.add(alpha.mul(categoricalEntropy(logits)));
}

/** mean sum_a pi(a|s) (alpha log pi(a|s) - min_i Q_i(s, a)) (eq. 12). */
export function softStatePolicyLoss(
  values: readonly Tensor[],
  logits: Tensor,
  alpha: Tensor,
): Tensor {
  return softStateValue(values, logits, alpha).mean().neg();
}

/** `share` `[]` of the largest entropy: the logarithm of how many actions are allowed, `[B]` or `[]`. */
export function targetEntropies(
  share: Tensor,
  actions: number,
  allowed: Tensor | undefined, // bool [B, A]
): Tensor {
  if (allowed === undefined) return share.mul(Math.log(actions));
  return allowed.cast("float32").sum(-1).log().mul(share);
}
