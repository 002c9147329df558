/** The loss of REINFORCE with a baseline, a pure function of tensors. */
import { logSoftmax, type Tensor, takeAlongLast } from "@carom/tensor";
import type { ActorCriticOutput } from "../actor-critic.js";

/** What the loss reads of a batch of B steps. */
export interface ReinforceBatch {
  /** Actions taken, int32 `[B]`. */
  readonly action: Tensor;
  /** Return minus baseline, a constant of the loss, `[B]`. */
  readonly advantage: Tensor;
  /** Discounted returns, the baseline's targets, `[B]`. */
  readonly targets: Tensor;
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
  output: ActorCriticOutput,
  batch: ReinforceBatch,
  weights: { readonly valueCoef: number; readonly entropyCoef: number },
): ReinforceLoss {
  const logProbs = logSoftmax(output.logits); // [B, A]
  const taken = takeAlongLast(logProbs, batch.action); // [B]
  const policyLoss = taken.mul(batch.advantage).mean().neg();
  const valueLoss = output.value.sub(batch.targets).square().mean().mul(0.5);
  const entropy = logProbs.exp().mul(logProbs).sum(-1).mean().neg();
  const loss = policyLoss
    .add(valueLoss.mul(weights.valueCoef))
    .sub(entropy.mul(weights.entropyCoef));
  return { loss, policyLoss, valueLoss, entropy };
}
