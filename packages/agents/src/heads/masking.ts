/**
 * Invalid-action masking (Huang and Ontanon 2022): logits of forbidden actions become a large negative
 * number, whose probability rounds to exactly 0, so that entropies and gradients stay finite.
 */
import { type Tensor, where } from "@carom/tensor";

/** Lower than any logit of a network; finite, so that 0 times it is 0. */
const forbidden = -1e9;

/** Logits `[B, P]` with the forbidden ones out of reach; `mask` bool `[B, P]`, true where allowed. */
export function maskLogits(logits: Tensor, mask: Tensor | undefined): Tensor {
  return mask === undefined ? logits : where(mask, logits, forbidden);
}
