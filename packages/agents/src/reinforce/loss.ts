/** The loss of REINFORCE with a baseline, a pure function of tensors. */
import type { Tensor } from "@carom/tensor";

/** What the loss reads of a batch of B steps. */
export interface ReinforceBatch {
  /** Return minus baseline, a constant of the loss, `[B]`. */
  readonly advantage: Tensor;
  /** Discounted returns, the baseline's targets, `[B]`. */
  readonly targets: Tensor;
}

/** What the present network says about the batch; every tensor `[B]`. */
export interface ReinforceOutlook {
  /** log pi(a|s) of the actions taken. */
  readonly logProb: Tensor;
  /** Nats. */
  readonly entropy: Tensor;
  /** V(s), the baseline. */
  readonly value: Tensor;
}

/** The loss and its parts, each a scalar. */
export interface ReinforceLoss {
  readonly loss: Tensor;
  readonly policyLoss: Tensor;
  readonly valueLoss: Tensor;
  readonly entropy: Tensor;
}

/** Policy-gradient loss with a baseline and an entropy bonus (Sutton and Barto 2018, section 13.4). */
export function reinforceLoss(
  outlook: ReinforceOutlook,
  batch: ReinforceBatch,
  weights: { readonly valueCoef: number; readonly entropyCoef: number },
): ReinforceLoss {
  const policyLoss = outlook.logProb.mul(batch.advantage).mean().neg();
  const valueLoss = outlook.value.sub(batch.targets).square().mean().mul(0.5);
  const entropy = outlook.entropy.mean();
  const loss = policyLoss
    .add(valueLoss.mul(weights.valueCoef))
    .sub(entropy.mul(weights.entropyCoef));
  return { loss, policyLoss, valueLoss, entropy };
}
