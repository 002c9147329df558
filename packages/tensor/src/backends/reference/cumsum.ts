/** cumsum: running sums along an axis, from its start or (reverse) from its end; int32 wraps. */
import { positions, type RefView } from "./views.js";

export function cumsumKernel(
  [x]: RefView[],
  [out]: RefView[],
  { axis, reverse }: { axis: number; reverse: 0 | 1 },
): void {
  const length = x.shape[axis] ?? 1;
  const inner = x.shape.slice(axis + 1).reduce((n, size) => n * size, 1);
  const from = positions(x);
  const to = positions(out);
  for (let first = 0; first < to.length; first++) {
    if (Math.floor(first / inner) % length !== 0) continue;
    let total = 0;
    for (let step = 0; step < length; step++) {
      const i = first + (reverse ? length - 1 - step : step) * inner;
      total += x.data[from[i]];
      if (out.dtype === "int32") total |= 0;
      out.data[to[i]] = total;
    }
  }
}
