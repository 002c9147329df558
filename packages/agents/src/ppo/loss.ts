/**
 * PPO's loss spelled out in small ops. For categorical policies the fused `ppoLoss` of @carom/tensor
 * computes the same in one pass, and a test compares the two; all other policies learn by this one.
 */
import { maximum, type PpoLoss, stack, type Tensor } from "@carom/tensor";
import { deviation, standardized } from "../standardized.js";

/** What the loss reads of a minibatch; every tensor `[B]`. */
export interface PpoBatch {
  /** log pi_old(a|s). */
  readonly oldLogProb: Tensor;
  readonly advantage: Tensor;
  /** Targets of the value. */
  readonly returns: Tensor;
  /** V_old(s). */
  readonly oldValue: Tensor;
}

/** What the present network says about the minibatch; every tensor `[B]`. */
export interface PpoOutlook {
  /** log pi(a|s) of the actions taken. */
  readonly logProb: Tensor;
  /** Nats. */
  readonly entropy: Tensor;
  /** V(s). */
  readonly value: Tensor;
}

/** Weights and bounds; see `PpoCoefficients` of @carom/tensor. */
export interface PpoWeights {
  /** A tensor `[]` where it changes between replays of a recording. */
  readonly clip: Tensor | number;
  readonly valueClip: number;
  readonly entropyCoef: number;
  readonly valueCoef: number;
  readonly normalizeAdvantage: boolean;
}

/** Clipped surrogate, clipped value loss and entropy bonus (Schulman et al. 2017, eq. 7 and 9). */
export function composedPpoLoss(outlook: PpoOutlook, batch: PpoBatch, c: PpoWeights): PpoLoss {
  const logRatio = outlook.logProb.sub(batch.oldLogProb); // [B]
  const ratio = logRatio.exp();
  const advantage = c.normalizeAdvantage ? standardized(batch.advantage) : batch.advantage; // [B]
  const [low, high] =
    typeof c.clip === "number" ? [1 - c.clip, 1 + c.clip] : [c.clip.neg().add(1), c.clip.add(1)];
  const clipped = ratio.maximum(low).minimum(high).mul(advantage).neg();
  const policyLoss = maximum(ratio.mul(advantage).neg(), clipped).mean();
  const valueLoss = clippedValueLoss(outlook.value, batch, c.valueClip);
  const entropy = outlook.entropy.mean();
  const loss = policyLoss.add(valueLoss.mul(c.valueCoef)).sub(entropy.mul(c.entropyCoef));
  const approxKl = ratio.sub(1).sub(logRatio).mean();
  const clipFraction = ratio.sub(1).abs().greater(c.clip).cast("float32").mean();
  const spread = deviation(batch.advantage);
  const mean = batch.advantage.mean();
  const stats = [loss, policyLoss, valueLoss, entropy, approxKl, clipFraction, mean, spread];
  return { loss, stats: stack(stats.map((one) => one.detach())) };
}

/** Half the mean squared error, the larger of the plain and the clipped one (Huang et al., detail 9). */
function clippedValueLoss(value: Tensor, batch: PpoBatch, clip: number): Tensor {
  const error = value.sub(batch.returns).square(); // [B]
  if (clip <= 0) return error.mean().mul(0.5);
  const moved = value.sub(batch.oldValue).clamp(-clip, clip).add(batch.oldValue); // [B]
  return maximum(error, moved.sub(batch.returns).square()).mean().mul(0.5);
}
