/** The loss of advantage actor-critic, a pure function of tensors; V-trace learns by the same one. */
import { stack, type Tensor } from "@carom/tensor";

/** What the loss reads of B steps; every tensor `[B]`, constants of the loss. */
export interface A2cBatch {
  readonly advantage: Tensor;
  /** Targets of the value. */
  readonly returns: Tensor;
}

/** What the present network says about the steps; every tensor `[B]`. */
export interface A2cOutlook {
  /** log pi(a|s) of the actions taken. */
  readonly logProb: Tensor;
  /** Nats. */
  readonly entropy: Tensor;
  /** V(s). */
  readonly value: Tensor;
}

/** Weights of the parts. */
export interface A2cWeights {
  readonly valueCoef: number;
  readonly entropyCoef: number;
}

/** The loss, and what it is made of. */
export interface A2cLoss {
  /** `[]` */
  readonly loss: Tensor;
  /** Numbers of {@link a2cStats}, `[3]`; without gradient. */
  readonly stats: Tensor;
}

/** Names of the loss's statistics, in order. */
export const a2cStats = ["policyLoss", "valueLoss", "entropy"] as const;

/**
 * Policy gradient with a critic and an entropy bonus (Mnih et al. 2016, section 4.3):
 *
 *   L = -mean A log pi(a|s) + c_v mean (V(s) - G)^2 / 2 - c_e mean H
 */
export function a2cLoss(outlook: A2cOutlook, batch: A2cBatch, weights: A2cWeights): A2cLoss {
  const policyLoss = outlook.logProb.mul(batch.advantage).mean().neg();
  const valueLoss = outlook.value.sub(batch.returns).square().mean().mul(0.5);
  const entropy = outlook.entropy.mean();
  const loss = policyLoss
    .add(valueLoss.mul(weights.valueCoef))
    .sub(entropy.mul(weights.entropyCoef));
  return { loss, stats: stack([policyLoss, valueLoss, entropy].map((one) => one.detach())) };
}

/** Advantages `[B]` with mean 0 and (unbiased) standard deviation 1; a single one stays as it is. */
export function standardized(advantage: Tensor): Tensor {
  if (advantage.size < 2) return advantage;
  const centred = advantage.sub(advantage.mean());
  const deviation = centred
    .square()
    .sum()
    .div(advantage.size - 1)
    .sqrt();
  return centred.div(deviation.add(1e-8));
}
