/**
 * Mean and variance of a stream of rows, entry by entry, kept up to date batch by batch (Chan, Golub
 * and LeVeque 1983, "Algorithms for computing the sample variance", equation 2.1).
 */
import type { TypedArray } from "../state.js";

/** Running mean and variance of `size` entries. */
export class RunningMoments {
  /** Rows seen, `[1]`. */
  readonly count: Float64Array = new Float64Array(1);
  readonly mean: Float64Array;
  /** Sum of squared distances from the mean. */
  readonly spread: Float64Array;
  private readonly batchMean: Float64Array;

  constructor(size: number) {
    this.mean = new Float64Array(size);
    this.spread = new Float64Array(size);
    this.batchMean = new Float64Array(size);
  }

  /** Takes `rows` rows from `values`, beginning at row `from`. */
  add(values: ArrayLike<number>, from: number, rows: number): void {
    if (rows === 0) return;
    const { mean, spread, batchMean, count } = this;
    const size = mean.length;
    batchMean.fill(0);
    for (let row = from; row < from + rows; row++) {
      for (let i = 0; i < size; i++) batchMean[i] += values[row * size + i] / rows;
    }
    for (let row = from; row < from + rows; row++) {
      for (let i = 0; i < size; i++) {
        const away = values[row * size + i] - batchMean[i];
        spread[i] += away * away;
      }
    }
    const total = count[0] + rows;
    for (let i = 0; i < size; i++) {
      const shift = batchMean[i] - mean[i];
      spread[i] += (shift * shift * count[0] * rows) / total;
      mean[i] += (shift * rows) / total;
    }
    count[0] = total;
  }

  /** Variance of entry `i`; 1 before there are two rows. */
  variance(i: number): number {
    return this.count[0] < 2 ? 1 : this.spread[i] / this.count[0];
  }

  /** All of it, for saving. */
  state(): Record<string, TypedArray> {
    return { count: this.count, mean: this.mean, spread: this.spread };
  }
}
