/**
 * attention: softmax(q k^T scale + mask) v for a batch of matrices, and its gradient, one query at a
 * time. A query that sees no key gives 0.
 */
import type { OpParams } from "../../op-params.js";
import { positions, type RefView } from "./views.js";

type Settings = OpParams["attention"];

/** A batch of matrices [..., rows, columns] as values in row-major order. */
interface Matrices {
  readonly rows: number;
  readonly columns: number;
  readonly at: Int32Array;
  readonly data: RefView["data"];
}

export function attentionKernel(
  [q, k, v, mask]: RefView[],
  [out, lse]: RefView[],
  settings: Settings,
): void {
  const [queries, keys, values] = [q, k, v].map(matrices);
  const [y, toLse] = [matrices(out), positions(lse)];
  const scoresOf = scorer(queries, keys, mask && matrices(mask), mask, settings);
  for (let row = 0; row < toLse.length; row++) {
    const batch = Math.floor(row / queries.rows);
    const scores = scoresOf(batch, row);
    const logSum = logSumExp(scores);
    lse.data[toLse[row]] = logSum;
    const shares = scores.map((score) => share(score, logSum));
    for (let e = 0; e < y.columns; e++) {
      const sum = shares.reduce((s, p, j) => {
        return p === 0 ? s : s + p * read(values, batch * values.rows + j, e);
      }, 0);
      y.data[y.at[row * y.columns + e]] = sum;
    }
  }
}

export function attentionBackwardKernel(
  [dy, q, k, v, out, lse, mask]: RefView[],
  outputs: RefView[],
  settings: Settings,
): void {
  const [slopes, queries, keys, values, y] = [dy, q, k, v, out].map(matrices);
  const [dq, dk, dv] = outputs.map(matrices);
  const [sumQ, sumK, sumV] = [dq, dk, dv].map((m) => new Float64Array(m.at.length));
  const fromLse = positions(lse);
  const scoresOf = scorer(queries, keys, mask && matrices(mask), mask, settings);
  for (let row = 0; row < fromLse.length; row++) {
    const batch = Math.floor(row / queries.rows);
    const logSum = lse.data[fromLse[row]];
    const dot = (m: Matrices, other: number) => {
      let sum = 0;
      for (let e = 0; e < m.columns; e++) sum += read(slopes, row, e) * read(m, other, e);
      return sum;
    };
    const delta = dot(y, row);
    scoresOf(batch, row).forEach((score, j) => {
      const p = share(score, logSum);
      if (p === 0) return;
      const key = batch * keys.rows + j;
      const slope = p * (dot(values, key) - delta) * settings.scale;
      for (let e = 0; e < dv.columns; e++) {
        sumV[key * dv.columns + e] += p * read(slopes, row, e);
      }
      for (let d = 0; d < dq.columns; d++) {
        sumQ[row * dq.columns + d] += slope * read(keys, key, d);
        sumK[key * dq.columns + d] += slope * read(queries, row, d);
      }
    });
  }
  for (const [m, sums] of [[dq, sumQ] as const, [dk, sumK] as const, [dv, sumV] as const]) {
    for (let i = 0; i < sums.length; i++) m.data[m.at[i]] = sums[i];
  }
}

/** The scores of one query, masked. */
function scorer(
  q: Matrices,
  k: Matrices,
  mask: Matrices | undefined,
  kind: RefView | undefined,
  { scale, causal }: Settings,
): (batch: number, row: number) => number[] {
  return (batch, row) =>
    Array.from({ length: k.rows }, (_, j) => {
      if (causal && j > row % q.rows) return -Infinity;
      if (mask && kind?.dtype === "bool" && !read(mask, row, j)) return -Infinity;
      let sum = 0;
      for (let d = 0; d < q.columns; d++) sum += read(q, row, d) * read(k, batch * k.rows + j, d);
      return sum * scale + (mask && kind?.dtype !== "bool" ? read(mask, row, j) : 0);
    });
}

function logSumExp(scores: readonly number[]): number {
  const top = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  if (top === -Infinity) return top;
  return top + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - top), 0));
}

/** e^(score - logSum), 0 where the score is -Infinity. */
function share(score: number, logSum: number): number {
  return score === -Infinity ? 0 : Math.exp(score - logSum);
}

function read(m: Matrices, row: number, column: number): number {
  return m.data[m.at[row * m.columns + column]];
}

function matrices(view: RefView): Matrices {
  const [rows, columns] = view.shape.slice(-2);
  return { rows, columns, at: positions(view), data: view.data };
}
