/** Policies of many ages as stops on a scale: in which order to ask them, and which stand for all. */

/** 0 .. count - 1 so that the ends come first, then the middles of what lies between. */
export function coarseToFine(count: number): readonly number[] {
  const order = new Set<number>();
  if (count > 0) order.add(0).add(count - 1);
  for (let parts = 2; order.size < count; parts *= 2) {
    for (let i = 1; i < parts; i += 2) order.add(Math.round((i * (count - 1)) / parts));
    if (parts > count) for (let i = 0; i < count; i++) order.add(i);
  }
  return [...order];
}

/** At most `most` of them, evenly spread, first and last included. */
export function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  if (most < 2) return all.slice(-most);
  const step = (all.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => all[Math.round(i * step)]);
}

/**
 * Of policies by their env steps, the newest from before a moment of training, which is as near as one comes to
 * who played then; the first if all are from after it, undefined of none.
 */
export function ofAge<T extends { readonly steps: number }>(
  policies: readonly T[],
  steps: number,
): T | undefined {
  return policies.findLast((one) => one.steps <= steps) ?? policies.at(0);
}

/** Height of a bar, 0..1, for a return among those that are known; all alike where they do not differ. */
export function heightOf(value: number, all: readonly number[]): number {
  const low = Math.min(0, ...all);
  const high = Math.max(0, ...all);
  return high > low ? (value - low) / (high - low) : 0.5;
}
