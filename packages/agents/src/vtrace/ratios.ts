/** How far the learner's policy has moved from the actors' over a rollout. */

/** Log-probabilities of the actions taken; every array `[B]`. */
export interface PolicyPair {
  /** log pi(a|s) of the policy that learns. */
  readonly targetLogProbs: Float32Array;
  /** log mu(a|s) of the policy that acted. */
  readonly behaviourLogProbs: Float32Array;
}

/**
 * `approxKl`: mean of (r - 1) - log r, and `clipFraction`: share of samples whose ratio r = pi / mu is
 * above `rhoBar` and therefore cut.
 */
export function ratioMeasures(
  { targetLogProbs, behaviourLogProbs }: PolicyPair,
  rhoBar: number,
): { approxKl: number; clipFraction: number } {
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
