/**
 * linearScan: the first-order linear recurrence along the first dimension, one column after the other.
 *
 *   a, b [T, ...]   ->   y [T, ...],   y[t] = a[t] y[t-1] + b[t]   (reverse: y[t+1]), 0 at the start
 */
import { positions, type RefView } from "./views.js";

export function linearScanKernel(
  [a, b]: RefView[],
  [y]: RefView[],
  { reverse }: { reverse: 0 | 1 },
): void {
  const [atA, atB, to] = [positions(a), positions(b), positions(y)];
  const [steps] = y.shape;
  const columns = steps === 0 ? 0 : to.length / steps;
  for (let column = 0; column < columns; column++) {
    let state = 0;
    for (let step = 0; step < steps; step++) {
      const i = (reverse ? steps - 1 - step : step) * columns + column;
      state = a.data[atA[i]] * state + b.data[atB[i]];
      y.data[to[i]] = state;
    }
  }
}
