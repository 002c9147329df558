/**
 * TD3's target action, as a pure function of tensors (Fujimoto et al. 2018,
 * https://arxiv.org/abs/1802.09477). The losses are in off-policy/loss.ts.
 * Legend: B batch, A numbers of an action.
 */
import type { Tensor } from "@carom/tensor";

/** Bounds of noise and actions, in units in which the bounds of actions are -1 and 1. */
export interface SmoothingOptions {
  /** Standard deviation of the noise before it is clipped. */
  readonly targetNoise: number;
  /** Bound of the noise. */
  readonly targetNoiseClip: number;
}

/** clip(action + clip(sigma noise, -c, c), -1, 1), `[B, A]`; `noise` is standard normal (eq. 14). */
export function smoothed(action: Tensor, noise: Tensor, options: SmoothingOptions): Tensor {
  const { targetNoise, targetNoiseClip } = options;
  const bounded = noise.mul(targetNoise).clamp(-targetNoiseClip, targetNoiseClip); // [B, A]
  return action.add(bounded).clamp(-1, 1);
}
