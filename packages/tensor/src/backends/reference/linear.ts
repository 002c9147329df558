/**
 * linear: y = activation(x w^T + bias), and the part of its gradient that is not a matmul.
 *
 *   x [B, I]   w [O, I]   bias [O] (may be absent)   ->   y [B, O]
 *   backward: dy [B, O], y [B, O] -> dz = dy * activation'(y) [B, O], dbias = sum of dz over B [O]
 */
import { addProducts, dense, rowsOf, writeDense } from "./products.js";
import type { RefView } from "./views.js";

interface Params {
  activation: number;
}

const activations = [(z: number): number => z, (z: number): number => Math.max(z, 0), Math.tanh];

/** Derivatives in terms of the output y. */
const slopes = [(_y: number): number => 1, (y: number): number => (y > 0 ? 1 : 0), tanhSlope];

function tanhSlope(y: number): number {
  return 1 - y * y;
}

export function linearKernel(inputs: RefView[], [y]: RefView[], { activation }: Params): void {
  const [x, w] = inputs;
  const [rows, width] = x.shape;
  const [outputs] = w.shape;
  const z = new Float64Array(rows * outputs);
  if (inputs.length > 2) {
    const bias = dense(inputs[2]);
    for (let b = 0; b < rows; b++) z.set(bias, b * outputs);
  }
  addProducts(dense(x), rowsOf(w), z, { rows, outputs, width });
  const act = activations[activation];
  for (let i = 0; i < z.length; i++) z[i] = act(z[i]);
  writeDense(y, z);
}

export function linearBackwardKernel(
  [dy, y]: RefView[],
  [dz, dbias]: RefView[],
  { activation }: Params,
): void {
  const [rows, columns] = dy.shape;
  const slope = slopes[activation];
  for (let o = 0; o < columns; o++) {
    let sum = 0;
    for (let b = 0; b < rows; b++) {
      const upstream = dy.data[dy.offset + b * dy.strides[0] + o * dy.strides[1]];
      const value = upstream * slope(y.data[y.offset + b * y.strides[0] + o * y.strides[1]]);
      dz.data[dz.offset + b * dz.strides[0] + o * dz.strides[1]] = value;
      sum += value;
    }
    dbias.data[dbias.offset + o * dbias.strides[0]] = sum;
  }
}
