/** triangle: x [B, M, N] -> out, zero where j - i > diagonal (lower) or j - i < diagonal (upper). */
import { positions, type RefView } from "./views.js";

export function triangleKernel(
  [x]: RefView[],
  [out]: RefView[],
  { upper, diagonal }: { upper: number; diagonal: number },
): void {
  const [, rows, columns] = x.shape;
  const from = positions(x);
  const to = positions(out);
  for (let at = 0; at < to.length; at++) {
    const distance = (at % columns) - (Math.floor(at / columns) % rows);
    const kept = upper ? distance >= diagonal : distance <= diagonal;
    out.data[to[at]] = kept ? x.data[from[at]] : 0;
  }
}
