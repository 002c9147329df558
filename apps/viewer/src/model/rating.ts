/**
 * How a person's play compares with the policies of all ages: against how many of them it wins, and which
 * one it is most like. Not here: who plays the policies' episodes (ratings.ts).
 */

/** A policy and its returns on the seeds that were played so far. */
export interface AgeReturns {
  /** Env steps of training. */
  readonly steps: number;
  readonly returns: readonly number[];
}

export interface Rating {
  /** Share of the policies (0..1) that did worse; those that did as well count half. */
  readonly percentile: number;
  /** Training steps of the policy whose mean return is nearest; the least trained of several. */
  readonly like: number;
  /** Whether the person did better than every policy, or worse. */
  readonly beyond: "above" | "below" | undefined;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Undefined while no policy has a return. */
export function ratingOf(score: number, ages: readonly AgeReturns[]): Rating | undefined {
  const known = ages.filter(({ returns }) => returns.length > 0);
  if (known.length === 0) return undefined;
  const means = known.map(({ steps, returns }) => ({ steps, mean: meanOf(returns) }));
  const worse = means.filter(({ mean }) => mean < score).length;
  const level = means.filter(({ mean }) => mean === score).length;
  const gap = ({ mean }: { mean: number }) => Math.abs(mean - score);
  const nearest = means.reduce((a, b) =>
    gap(b) < gap(a) || (gap(b) === gap(a) && b.steps < a.steps) ? b : a,
  );
  const isAbove = worse === means.length;
  const isBelow = worse === 0 && level === 0;
  return {
    percentile: (worse + level / 2) / means.length,
    like: nearest.steps,
    beyond: isAbove ? "above" : isBelow ? "below" : undefined,
  };
}

/** How many seeds each round adds up to: soon a first answer, later a better one. */
export const ROUNDS: readonly number[] = [1, 4, 16];

/** The next episode that is missing: every policy in a round before the next round begins. */
export function nextMissing(
  counts: readonly number[],
  order: readonly number[],
): number | undefined {
  for (const round of ROUNDS) {
    const missing = order.find((i) => counts[i] < round);
    if (missing !== undefined) return missing;
  }
  return undefined;
}
