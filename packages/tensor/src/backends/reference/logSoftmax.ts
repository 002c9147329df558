/** logSoftmax over the last dimension and its gradient dx = dy - exp(y) * sum(dy). */
import { type RefView, rowPositions } from "./views.js";

export function logSoftmaxKernel([x]: RefView[], [out]: RefView[]): void {
  const { at: from, rows, length } = rowPositions(x);
  const { at: to } = rowPositions(out);
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    let highest = -Infinity;
    for (let i = 0; i < length; i++) highest = Math.max(highest, x.data[from[start + i]]);
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Math.exp(x.data[from[start + i]] - highest);
    const logSum = Math.log(sum);
    for (let i = 0; i < length; i++) {
      out.data[to[start + i]] = x.data[from[start + i]] - highest - logSum;
    }
  }
}

export function logSoftmaxBackwardKernel([dy, y]: RefView[], [dx]: RefView[]): void {
  const { at: fromDy, rows, length } = rowPositions(dy);
  const { at: fromY } = rowPositions(y);
  const { at: to } = rowPositions(dx);
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    let sum = 0;
    for (let i = start; i < start + length; i++) sum += dy.data[fromDy[i]];
    for (let i = start; i < start + length; i++) {
      dx.data[to[i]] = dy.data[fromDy[i]] - Math.exp(y.data[fromY[i]]) * sum;
    }
  }
}
