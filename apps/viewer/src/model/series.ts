/**
 * The metrics of a run as columns: one array per name, all as long as `steps`. Rows may lack a
 * value (then NaN) and new names may appear at any time. Appending is amortised O(1).
 */
import type { MetricsRow } from "@carom/runs/formats";

/** One named column and the rows in which it held a NaN or an infinity. */
interface Column {
  values: Float64Array;
  readonly broken: number[];
}

export class MetricsTable {
  /** Rows in the table. */
  length = 0;
  /** The newest row, as it came. */
  last: MetricsRow | undefined;
  private steps = new Float64Array(256);
  private readonly columns = new Map<string, Column>();

  /** Drops rows from `length` on: the run's history was rewritten from there. */
  truncate(length: number): void {
    if (length >= this.length) return;
    this.length = length;
    this.last = undefined;
    for (const column of this.columns.values()) {
      column.values.fill(Number.NaN, length);
      while ((column.broken.at(-1) ?? -1) >= length) column.broken.pop();
    }
  }

  append(rows: readonly MetricsRow[]): void {
    for (const row of rows) {
      this.reserve(this.length + 1);
      this.steps[this.length] = row.steps;
      for (const [name, value] of Object.entries(row)) {
        if (typeof value !== "number" || name === "steps") continue;
        const column = this.columnOf(name);
        column.values[this.length] = value;
        if (!Number.isFinite(value)) column.broken.push(this.length);
      }
      this.length++;
      this.last = row;
    }
  }

  /** Env steps of each row; a view that the next `append` may outdate. */
  x(): Float64Array {
    return this.steps.subarray(0, this.length);
  }

  /**
   * Values of a name, NaN where a row lacks it; undefined if no row has it. Same lifetime as `x()`.
   */
  column(name: string): Float64Array | undefined {
    return this.columns.get(name)?.values.subarray(0, this.length);
  }

  /** The newest value of a name, or undefined. */
  latest(name: string): number | undefined {
    const value = this.last?.[name];
    return typeof value === "number" ? value : undefined;
  }

  /** Names of all columns, in the order in which they came. */
  names(): readonly string[] {
    return [...this.columns.keys()];
  }

  /** Rows in which a name held a NaN or an infinity, ascending. */
  brokenRows(name: string): readonly number[] {
    return this.columns.get(name)?.broken ?? [];
  }

  /** Index of the row whose steps are nearest to `steps`; -1 if there are no rows. */
  nearest(steps: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle] < steps) low = middle + 1;
      else high = middle;
    }
    const before = low - 1;
    if (before < 0 || low >= this.length) return Math.min(low, this.length - 1);
    return steps - this.steps[before] <= this.steps[low] - steps ? before : low;
  }

  private columnOf(name: string): Column {
    let column = this.columns.get(name);
    if (!column) {
      column = { values: new Float64Array(this.steps.length).fill(Number.NaN), broken: [] };
      this.columns.set(name, column);
    }
    return column;
  }

  private reserve(length: number): void {
    if (length <= this.steps.length) return;
    this.steps = grown(this.steps);
    for (const column of this.columns.values()) column.values = grown(column.values);
  }
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2).fill(Number.NaN);
  larger.set(values);
  return larger;
}
