/**
 * PPO's loss spelled out in small ops: what the fused `ppoLoss` of @carom/tensor computes in one pass.
 * Slower, obvious, and the text to read; a test compares the two, values and gradients.
 */
import {
  logSoftmax,
  maximum,
  type PpoCoefficients,
  type Tensor,
  takeAlongLast,
} from "@carom/tensor";
import type { ActorCriticOutput } from "../actor-critic.js";

/** What the loss reads of a minibatch; every tensor `[B]`. */
export interface PpoBatch {
  /** Actions taken, int32. */
  readonly action: Tensor;
  /** log pi_old(a|s). */
  readonly oldLogProb: Tensor;
  readonly advantage: Tensor;
  /** Targets of the value. */
  readonly returns: Tensor;
  /** V_old(s). */
  readonly oldValue: Tensor;
}

/** Clipped surrogate, clipped value loss and entropy bonus (Schulman et al. 2017, eq. 7 and 9). */
export function composedPpoLoss(
  output: ActorCriticOutput,
  batch: PpoBatch,
  c: PpoCoefficients,
): { loss: Tensor; policyLoss: Tensor; valueLoss: Tensor; entropy: Tensor } {
  const logProbs = logSoftmax(output.logits); // [B, A]
  const ratio = takeAlongLast(logProbs, batch.action).sub(batch.oldLogProb).exp(); // [B]
  const advantage = c.normalizeAdvantage ? standardized(batch.advantage) : batch.advantage; // [B]
  const unclipped = ratio.mul(advantage).neg();
  const clipped = ratio
    .clamp(1 - c.clip, 1 + c.clip)
    .mul(advantage)
    .neg();
  const policyLoss = maximum(unclipped, clipped).mean();
  const valueLoss = clippedValueLoss(output.value, batch, c.valueClip);
  const entropy = logProbs.exp().mul(logProbs).sum(-1).mean().neg();
  const loss = policyLoss.add(valueLoss.mul(c.valueCoef)).sub(entropy.mul(c.entropyCoef));
  return { loss, policyLoss, valueLoss, entropy };
}

/** Half the mean squared error, the larger of the plain and the clipped one (Huang et al., detail 9). */
function clippedValueLoss(value: Tensor, batch: PpoBatch, clip: number): Tensor {
  const error = value.sub(batch.returns).square(); // [B]
  if (clip <= 0) return error.mean().mul(0.5);
  const moved = value.sub(batch.oldValue).clamp(-clip, clip).add(batch.oldValue); // [B]
  return maximum(error, moved.sub(batch.returns).square()).mean().mul(0.5);
}

/** Zero mean, unit (unbiased) standard deviation; a single sample stays as it is. */
function standardized(advantage: Tensor): Tensor {
  const count = advantage.size;
  if (count < 2) return advantage;
  const centred = advantage.sub(advantage.mean());
  const deviation = centred
    .square()
    .sum()
    .div(count - 1)
    .sqrt();
  return centred.div(deviation.add(1e-8));
}
