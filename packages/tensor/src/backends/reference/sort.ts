/**
 * sort: positions, along the last dimension, of the k first elements in order; k is the output's size.
 *
 * Stable; NaN counts as larger than all others.
 */
import { type RefView, rowPositions } from "./views.js";

export function sortKernel(
  [x]: RefView[],
  [out]: RefView[],
  { descending }: { descending: 0 | 1 },
): void {
  const { at, length } = rowPositions(x);
  const to = rowPositions(out);
  for (let row = 0; row < to.rows; row++) {
    const value = (i: number): number => x.data[at[row * length + i]];
    const order = Array.from({ length }, (_, i) => i);
    order.sort((i, j) => (descending ? compare(value(j), value(i)) : compare(value(i), value(j))));
    for (let i = 0; i < to.length; i++) out.data[to.at[row * to.length + i]] = order[i];
  }
}

/** Negative where a comes first. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b || 0;
}
