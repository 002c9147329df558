/** Values over an episode as paths of an SVG: a line, and the area of the return to go behind it. */

export interface ValuePaths {
  readonly line: string;
  readonly area: string;
}

export interface ValueBox {
  readonly width: number;
  readonly height: number;
  /** Points along the width at most. */
  readonly columns: number;
}

/** What the paths are made from; `values` and `returns` are those of the policy's decisions `at`. */
export interface ValueSeries {
  readonly at: Int32Array;
  readonly values: Float32Array;
  /** Empty where they are not known yet. */
  readonly returns: Float32Array;
  /** The game's decisions along the whole width. */
  readonly length: number;
}

/**
 * Both paths on one scale that has 0 in it. Where there are more decisions than columns, each column
 * shows its least and its largest value, so that no spike is lost.
 */
export function valuePaths(series: ValueSeries, box: ValueBox): ValuePaths {
  const { at, values, returns, length } = series;
  if (at.length === 0 || length === 0) return { line: "", area: "" };
  const low = Math.min(0, leastOf(values), leastOf(returns));
  const high = Math.max(0, mostOf(values), mostOf(returns));
  const span = high - low || 1;
  const x = (step: number): string => ((step / length) * box.width).toFixed(1);
  const y = (value: number): string => (box.height * (1 - (value - low) / span)).toFixed(1);
  const points = (of: Float32Array): string[] =>
    shownPoints(at, of, length, box.columns).map((i) => `${x(at[i])} ${y(of[i])}`);
  const line = `M${points(values).join("L")}L${box.width} ${y(values[values.length - 1])}`;
  if (returns.length === 0) return { line, area: "" };
  const zero = y(0);
  const area = `M${x(at[0])} ${zero}L${points(returns).join("L")}L${box.width} ${zero}Z`;
  return { line, area };
}

/** Which decisions are drawn: all, or the least and the largest of every column, in order. */
function shownPoints(
  at: Int32Array,
  values: Float32Array,
  length: number,
  columns: number,
): number[] {
  if (values.length <= 2 * columns) return Array.from(values, (_, i) => i);
  const shown: number[] = [];
  let column = 0;
  let [least, most] = [0, 0];
  const flush = (): void => {
    shown.push(Math.min(least, most));
    if (least !== most) shown.push(Math.max(least, most));
  };
  for (let i = 1; i < values.length; i++) {
    const own = Math.floor((at[i] / length) * columns);
    if (own !== column) {
      flush();
      column = own;
      least = i;
      most = i;
    } else {
      if (values[i] < values[least]) least = i;
      if (values[i] > values[most]) most = i;
    }
  }
  flush();
  return shown;
}

function leastOf(values: Float32Array): number {
  return values.reduce((least, value) => Math.min(least, value), 0);
}

function mostOf(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
