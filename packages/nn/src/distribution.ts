/**
 * distribution: what the distributions over actions have in common.
 *
 * A distribution holds the tensors that it was given and nothing else; every method computes from them
 * what it returns, so there is nothing to dispose of, and under a tape everything but a sample is
 * differentiable with respect to them. The last dimension belongs to one action: log-probability,
 * entropy and divergence have one number per row.
 */
import type { RandomState, Tensor } from "@carom/tensor";

/** A distribution over actions, one per row of its parameters. */
export interface Distribution {
  /** An action per row. No gradient. */
  sample(random: RandomState): Tensor;
  /** Logarithm of the probability (or of the density) of an action per row, `[...]`. */
  logProb(action: Tensor): Tensor;
  /** Entropy in nats, `[...]`. */
  entropy(): Tensor;
  /** The most probable action per row. */
  mode(): Tensor;
}
