/** How far the learner's policy has moved from the actors' over a rollout. */
import { exp, stack, type Tensor } from "@carom/tensor";

/** Log-probabilities of the actions taken; every array `[B]`. */
export interface PolicyPair {
  /** log pi(a|s) of the policy that learns. */
  readonly targetLogProbs: Float32Array;
  /** log mu(a|s) of the policy that acted. */
  readonly behaviourLogProbs: Float32Array;
}

/** What is reported of the ratios r = pi / mu. */
export interface RatioMeasures {
  /** Mean of (r - 1) - log r. */
  readonly approxKl: number;
  /** Share of samples whose ratio is above `rhoBar` and therefore cut. */
  readonly clipFraction: number;
}

/** The measures of a rollout. */
export function ratioMeasures(
  { targetLogProbs, behaviourLogProbs }: PolicyPair,
  rhoBar: number,
): RatioMeasures {
  const count = targetLogProbs.length;
  let divergence = 0;
  let cut = 0;
  for (let i = 0; i < count; i++) {
    const logRatio = targetLogProbs[i] - behaviourLogProbs[i];
    const ratio = Math.exp(logRatio);
    divergence += ratio - 1 - logRatio;
    if (ratio > rhoBar) cut += 1;
  }
  return { approxKl: divergence / count, clipFraction: cut / count };
}

/** The same by tensor ops, up to rounding: `[2]` of log-probabilities `[B]`. */
export function ratioMeasuresOnDevice(target: Tensor, behaviour: Tensor, rhoBar: number): Tensor {
  const logRatio = target.sub(behaviour); // [B]
  const ratio = exp(logRatio);
  const cut = ratio.greater(rhoBar).cast("float32");
  return stack([ratio.sub(1).sub(logRatio).mean(), cut.mean()]);
}
