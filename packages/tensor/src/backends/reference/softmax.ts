/** softmax over the last dimension and its gradient dx = y * (dy - sum(dy * y)). */
import { type RefView, rowPositions } from "./views.js";

export function softmaxKernel([x]: RefView[], [out]: RefView[]): void {
  const { at: from, rows, length } = rowPositions(x);
  const { at: to } = rowPositions(out);
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    let highest = -Infinity;
    for (let i = 0; i < length; i++) highest = Math.max(highest, x.data[from[start + i]]);
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Math.exp(x.data[from[start + i]] - highest);
    for (let i = 0; i < length; i++) {
      out.data[to[start + i]] = Math.exp(x.data[from[start + i]] - highest) / sum;
    }
  }
}

export function softmaxBackwardKernel([dy, y]: RefView[], [dx]: RefView[]): void {
  const { at: fromDy, rows, length } = rowPositions(dy);
  const { at: fromY } = rowPositions(y);
  const { at: to } = rowPositions(dx);
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    let dot = 0;
    for (let i = start; i < start + length; i++) dot += dy.data[fromDy[i]] * y.data[fromY[i]];
    for (let i = start; i < start + length; i++) {
      dx.data[to[i]] = y.data[fromY[i]] * (dy.data[fromDy[i]] - dot);
    }
  }
}
