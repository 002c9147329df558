/**
 * Mean and variance of a stream of rows, entry by entry, on the device, so that a recording can take
 * them further (Chan, Golub and LeVeque 1983, equation 2.1). Legend: B rows of a batch, O entries.
 */
import { type Device, type Tensor, zeros } from "@carom/tensor";

/** The moments, for saving. */
export interface MomentsState {
  readonly count: number;
  readonly mean: Float32Array;
  readonly spread: Float32Array;
}

/** Running moments of rows of `size` entries. */
export class DeviceMoments {
  private readonly count: Tensor; // [1], rows seen
  private readonly mean: Tensor; // [O]
  private readonly spread: Tensor; // [O], sum of squared distances from the mean

  constructor(size: number, device: Device) {
    this.count = zeros([1], { device });
    this.mean = zeros([size], { device });
    this.spread = zeros([size], { device });
  }

  /** Takes the rows `[B, O]`; may be recorded. */
  add(rows: Tensor): void {
    const { count, mean, spread } = this;
    const batch = rows.shape[0];
    const batchMean = rows.mean(0); // [O]
    const batchSpread = rows.sub(batchMean).square().sum(0); // [O]
    const share = count.add(batch).reciprocal().mul(batch); // [1], of the batch in all rows
    const shift = batchMean.sub(mean);
    const between = shift.square().mul(count).mul(share);
    spread.copyFrom(spread.add(batchSpread).add(between));
    mean.copyFrom(mean.add(shift.mul(share)));
    count.copyFrom(count.add(batch));
  }

  /** Rows `[B, O]` with mean 0 and variance 1, within `-bound` and `bound`. */
  standardize(rows: Tensor, bound: number): Tensor {
    const deviation = this.spread.div(this.count.maximum(1)).add(1e-8).sqrt(); // [O]
    return rows.sub(this.mean).div(deviation).clamp(-bound, bound);
  }

  save(): MomentsState {
    return {
      count: this.count.toTypedArray()[0],
      mean: Float32Array.from(this.mean.toTypedArray()),
      spread: Float32Array.from(this.spread.toTypedArray()),
    };
  }

  restore(state: MomentsState): void {
    this.count.write(Float32Array.of(state.count));
    this.mean.write(state.mean);
    this.spread.write(state.spread);
  }

  dispose(): void {
    for (const tensor of [this.count, this.mean, this.spread]) tensor.dispose();
  }
}
