/**
 * From a table of metrics to what a chart draws: thinned raw points and the smoothed line at the
 * same places. Pure.
 */
import type { MetricsTable } from "./series.js";
import { smooth, thin } from "./smoothing.js";

/** Columns as long as each other; null is a gap. */
export interface ChartData {
  /** Env steps. */
  readonly x: readonly number[];
  readonly raw: readonly (number | null)[];
  readonly smoothed: readonly (number | null)[];
}

/** What a chart draws at most, per pixel of its width, is four points. */
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
  const indices = thin(steps, values, Math.max(1, Math.floor(width))) ?? steps.keys();
  const x: number[] = [];
  const raw: (number | null)[] = [];
  const smoothed: (number | null)[] = [];
  for (const i of indices) {
    x.push(steps[i]);
    raw.push(Number.isFinite(values[i]) ? values[i] : null);
    smoothed.push(Number.isFinite(line[i]) ? line[i] : null);
  }
  return { x, raw, smoothed };
}
