/** where: condition (bool), a, b -> out, all of one shape. */
import { positions, type RefView } from "./views.js";

export function whereKernel([condition, a, b]: RefView[], [out]: RefView[]): void {
  const from = positions(condition);
  const fromA = positions(a);
  const fromB = positions(b);
  const to = positions(out);
  for (let i = 0; i < to.length; i++) {
    out.data[to[i]] = condition.data[from[i]] !== 0 ? a.data[fromA[i]] : b.data[fromB[i]];
  }
}
