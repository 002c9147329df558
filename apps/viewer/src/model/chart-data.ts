/**
 * From a table of metrics to what a chart draws: thinned raw points with the envelope of what they
 * stand for, the smoothed line at the same places, and where a value was no number. Pure.
 */
import type { MetricsTable } from "./series.js";
import { envelope, smooth, thin } from "./smoothing.js";

/** Columns as long as each other; null is a gap. */
export interface ChartData {
  /** Env steps. */
  readonly x: readonly number[];
  readonly raw: readonly (number | null)[];
  readonly smoothed: readonly (number | null)[];
  /**
   * Smallest and largest raw value around each point; all null where every raw value is among the
   * points.
   */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** True where points stand for more than themselves. */
  readonly isThinned: boolean;
  /** Env steps at which the value was NaN or infinite, thinned. */
  readonly broken: readonly number[];
}

/** What a chart draws at most, per pixel of its width, is five points. */
export interface ChartDetail {
  /** Points over which a weight halves; 0 does not smooth. */
  readonly halfLife: number;
  /** Pixels across. */
  readonly width: number;
}

/** The data of one metric; undefined if no row has it. */
export function chartData(
  table: MetricsTable,
  name: string,
  { halfLife, width }: ChartDetail,
): ChartData | undefined {
  const values = table.column(name);
  if (!values?.some(Number.isFinite)) return undefined;
  const steps = table.x();
  const line = smooth(values, halfLife);
  const buckets = Math.max(1, Math.floor(width));
  const kept = thin(steps, values, buckets);
  const indices = kept ?? steps.keys();
  const x: number[] = [];
  const raw: (number | null)[] = [];
  const smoothed: (number | null)[] = [];
  for (const i of indices) {
    x.push(steps[i]);
    raw.push(Number.isFinite(values[i]) ? values[i] : null);
    smoothed.push(Number.isFinite(line[i]) ? line[i] : null);
  }
  const none = x.map(() => null);
  const { low, high } = kept ? envelope(steps, values, buckets, kept) : { low: none, high: none };
  const broken = brokenSteps(table, name, steps, buckets);
  return { x, raw, smoothed, low, high, isThinned: kept !== undefined, broken };
}

/** At most about one mark per pixel. */
function brokenSteps(
  table: MetricsTable,
  name: string,
  steps: Float64Array,
  buckets: number,
): number[] {
  const pixel = (steps[steps.length - 1] - steps[0]) / buckets;
  const marks: number[] = [];
  for (const row of table.brokenRows(name)) {
    const last = marks.at(-1);
    if (last === undefined || steps[row] - last >= pixel) marks.push(steps[row]);
  }
  return marks;
}

/**
 * Remembers the data of charts until the table or the detail changes: a run of many rows is walked
 * through once per change, not once per frame.
 */
export class ChartCache {
  private readonly known = new Map<string, { stamp: string; data: ChartData | undefined }>();

  /** @param revision of the table */
  get(
    table: MetricsTable,
    revision: number,
    name: string,
    detail: ChartDetail,
  ): ChartData | undefined {
    const stamp = `${revision} ${table.length} ${detail.halfLife} ${Math.floor(detail.width)}`;
    const before = this.known.get(name);
    if (before?.stamp === stamp) return before.data;
    const data = chartData(table, name, detail);
    this.known.set(name, { stamp, data });
    return data;
  }
}

/** A line of another run. */
export interface OtherLine {
  readonly color: string;
  /** Lengths of dashes and gaps, so that colour is not all that tells lines apart. */
  readonly dash: readonly number[];
  readonly data: ChartData;
}

/** Episodes as dots of the score chart: of many in one pixel's width the lowest and the highest. */
export function episodeDots(
  entries: readonly { readonly steps: number; readonly return: number }[],
  width: number,
): readonly (readonly [steps: number, score: number])[] {
  const pixels = Math.max(1, Math.floor(width));
  const all = entries.map((entry) => [entry.steps, entry.return] as const);
  if (all.length <= pixels * 2) return all;
  const last = all.reduce((max, [steps]) => Math.max(max, steps), 1);
  const low = new Map<number, readonly [number, number]>();
  const high = new Map<number, readonly [number, number]>();
  for (const dot of all) {
    const pixel = Math.floor((dot[0] / last) * (pixels - 1));
    if (dot[1] < (low.get(pixel)?.[1] ?? Number.POSITIVE_INFINITY)) low.set(pixel, dot);
    if (dot[1] > (high.get(pixel)?.[1] ?? Number.NEGATIVE_INFINITY)) high.set(pixel, dot);
  }
  return [...low.values(), ...high.values()];
}
