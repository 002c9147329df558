/**
 * The policy-gradient loss with a critic, a pure function of tensors: REINFORCE, A2C and V-trace learn by it,
 * each with advantages and targets of its own.
 */
import { stack, type Tensor } from "@carom/tensor";

/** What the loss reads of B steps; every tensor `[B]`, constants of the loss. */
export interface PolicyGradientBatch {
  readonly advantage: Tensor;
  /** Targets of the value. */
  readonly returns: Tensor;
}

/** What the present network says about the steps; every tensor `[B]`. */
export interface PolicyGradientOutlook {
  /** log pi(a|s) of the actions taken. */
  readonly logProb: Tensor;
  /** Nats. */
  readonly entropy: Tensor;
  /** V(s). */
  readonly value: Tensor;
}

/** Weights of the parts. */
export interface PolicyGradientWeights {
  readonly valueCoef: number;
  readonly entropyCoef: number;
}

/** The loss, and what it is made of. */
export interface PolicyGradientLoss {
  /** `[]` */
  readonly loss: Tensor;
  /** Numbers of {@link policyGradientStats}, `[3]`; without gradient. */
  readonly stats: Tensor;
}

/** Names of the loss's statistics, in order. */
export const policyGradientStats = ["policyLoss", "valueLoss", "entropy"] as const;

/**
 * Policy gradient with a critic and an entropy bonus (Sutton and Barto 2018, section 13.4; Mnih et al. 2016,
 * section 4.3):
 *
 *   L = -mean A log pi(a|s) + c_v mean (V(s) - G)^2 / 2 - c_e mean H
 */
export function policyGradientLoss(
  outlook: PolicyGradientOutlook,
  batch: PolicyGradientBatch,
  weights: PolicyGradientWeights,
): PolicyGradientLoss {
  const policyLoss = outlook.logProb.mul(batch.advantage).mean().neg();
  const valueLoss = outlook.value.sub(batch.returns).square().mean().mul(0.5);
  const entropy = outlook.entropy.mean();
  const loss = policyLoss
    .add(valueLoss.mul(weights.valueCoef))
    .sub(entropy.mul(weights.entropyCoef));
  return { loss, stats: stack([policyLoss, valueLoss, entropy].map((one) => one.detach())) };
}
