/** Means of what recorded updates measure, summed on the device and read once per iteration. */
import { type Device, keep, stack, type Tensor, zeros } from "@carom/tensor";

/** Sums of named scalars. The tensor is exempt from scopes. */
export class Statistics<Name extends string> {
  private readonly names: readonly Name[];
  private readonly totals: Tensor; // [K]

  constructor(names: readonly Name[], device: Device) {
    this.names = names;
    this.totals = keep(zeros([names.length], { device }));
  }

  /** Adds one value of one element each. May be recorded. */
  add(values: Readonly<Record<Name, Tensor>>): void {
    const row = stack(this.names.map((name) => values[name].detach().reshape([]))); // [K]
    this.totals.copyFrom(this.totals.add(row));
  }

  /** Sums divided by `count`, NaN where that is 0; the sums begin again. */
  read(count: number): Record<Name, number> {
    const sums = this.totals.toTypedArray();
    this.totals.write(new Float32Array(this.names.length));
    const means = this.names.map((name, i) => [name, count === 0 ? Number.NaN : sums[i] / count]);
    return Object.fromEntries(means) as Record<Name, number>;
  }

  /** Frees the sums. Idempotent. */
  dispose(): void {
    this.totals.dispose();
  }
}
