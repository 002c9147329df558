/**
 * One chart of one metric against env steps: raw values behind (their envelope where they are too
 * many), the smoothed line in front, lines of other runs between, the value under the cursor in the
 * heading. Cursors of all charts move together. Drawn by uPlot; what it draws is made in
 * model/chart-data.ts, what goes on top in chart-marks.ts.
 */
import uPlot from "uplot";
import type { ChartData, OtherLine } from "../model/chart-data.js";
import type { ChartSpec } from "../model/chart-specs.js";
import { axisLabels, compact } from "../model/format.js";
import { drawMarks, drawOthers, type Marks } from "./chart-marks.js";
import { h, setAttribute, setText } from "./dom.js";
import type { ChartPicture } from "./export.js";
import { themeColor } from "./theme.js";

/** Above this many points raw values are a line, not dots. */
const DOTS = 240;

/** What is drawn besides the run's own values. */
export interface Extras {
  readonly marks: Marks;
  readonly others: readonly OtherLine[];
  /** A logarithmic y axis, where all values are above zero. */
  readonly log: boolean;
}

export interface Chart {
  readonly root: HTMLElement;
  readonly spec: ChartSpec;
  /** Width of the drawing, CSS pixels. */
  readonly width: () => number;
  draw(data: ChartData | undefined, extras: Extras): void;
  /** Forgets colours; the next `draw` makes everything anew. */
  restyle(): void;
  /** What is drawn at the moment; undefined if nothing is. */
  picture(): ChartPicture | undefined;
}

const nothing: Extras = { marks: { playing: undefined, episodes: [] }, others: [], log: false };

/** @param choose called with the env steps of a click */
export function chart(spec: ChartSpec, choose: (steps: number) => void): Chart {
  const value = h("output", { class: "figure strong" });
  const at = h("span", { class: "hint figure" });
  const host = h("div", { class: "plot", role: "img", "aria-label": spec.title });
  const root = h(
    "figure",
    { class: spec.large ? "chart large" : "chart", hidden: true, "data-metric": spec.key },
    h("figcaption", {}, h("span", { class: "label" }, spec.title), at, value),
    host,
  );
  const size = { width: 0, height: 0 };
  let plot: uPlot | undefined;
  let isLog = false;
  let shown: ChartData | undefined;
  let extras = nothing;

  function readOut(): void {
    if (!shown) return;
    const index = plot?.cursor.idx ?? undefined;
    const i = index ?? shown.x.length - 1;
    const y = index === undefined ? lastOf(shown) : (shown.raw[i] ?? shown.smoothed[i]);
    setText(value, y === null || y === undefined ? "\u2013" : spec.text(y));
    setText(at, index === undefined || !spec.large ? "" : `at ${compact(shown.x[i])}`);
    if (index !== undefined) return;
    const broken = shown.broken.length > 0 ? ", not a number at times" : "";
    setAttribute(host, "aria-label", `${spec.title}: ${value.textContent}${broken}`);
  }

  function make(data: ChartData): uPlot {
    const options = optionsOf(spec, size, isLog, {
      extras: () => extras,
      data: () => shown,
      readOut,
    });
    const made = new uPlot(options, columns(data), host);
    made.over.addEventListener("click", () => choose(made.posToVal(made.cursor.left ?? 0, "x")));
    return made;
  }

  function draw(data: ChartData | undefined, next: Extras): void {
    extras = next;
    shown = data;
    root.hidden = data === undefined;
    if (!data || size.width === 0) return;
    const canLog = next.log && isPositive(data);
    if (canLog !== isLog) forget();
    isLog = canLog;
    if (!plot) plot = make(data);
    else plot.setData(columns(data));
    readOut();
  }

  function forget(): void {
    plot?.destroy();
    plot = undefined;
  }

  function restyle(): void {
    forget();
    if (shown) draw(shown, extras);
  }

  function picture(): ChartPicture | undefined {
    if (!plot || root.hidden) return undefined;
    const { canvas } = plot.ctx;
    return { title: spec.title, value: value.textContent, canvas, ratio: uPlot.pxRatio };
  }

  new ResizeObserver(([entry]) => {
    size.width = Math.floor(entry.contentRect.width);
    size.height = Math.floor(entry.contentRect.height);
    if (plot) plot.setSize(size);
    else if (shown) draw(shown, extras);
  }).observe(host);
  return { root, spec, width: () => size.width, draw, restyle, picture };
}

/**
 * The value that a chart shows when nobody points at it: the smoothed one, which is what the line
 * ends at.
 */
function lastOf({ smoothed }: ChartData): number | null | undefined {
  return smoothed.at(-1);
}

function isPositive({ raw, low }: ChartData): boolean {
  const above = (value: number | null) => value === null || value > 0;
  return raw.every(above) && low.every(above);
}

function columns({ x, raw, smoothed, low, high, isThinned }: ChartData): uPlot.AlignedData {
  const points = isThinned ? raw.map(() => null) : raw;
  return [x, points, high, low, smoothed].map((column) => column as number[]) as [
    number[],
    ...number[][],
  ];
}

interface Hooks {
  extras(): Extras;
  data(): ChartData | undefined;
  readOut(): void;
}

function optionsOf(
  spec: ChartSpec,
  size: { width: number; height: number },
  isLog: boolean,
  { extras, data, readOut }: Hooks,
): uPlot.Options {
  const quiet = themeColor("ink-3");
  const accent = themeColor("accent");
  const edge = { stroke: `${quiet}70`, width: 1, points: { show: false } };
  return {
    ...size,
    padding: [8, spec.large ? 18 : 10, spec.large ? 0 : 4, 0],
    legend: { show: false },
    cursor: {
      y: false,
      sync: { key: "run" },
      drag: { x: false, y: false },
      points: { size: 6, width: 0 },
    },
    scales: {
      x: {
        time: false,
        range: (_, low, high) => reach([low, high], extras().others, "x", false),
      },
      y: {
        distr: isLog ? 3 : 1,
        range: (_, low, high) => {
          const [least, most] = reach([low, high], extras().others, "smoothed", isLog);
          return isLog ? logRange(least, most) : rangeOf(least, most);
        },
      },
    },
    axes: axesOf(spec, isLog),
    bands: [{ series: [2, 3], fill: `${quiet}38` }],
    series: [
      {},
      {
        stroke: `${quiet}80`,
        width: 1,
        paths: (u, index, from, to) => (to - from < DOTS ? null : linear(u, index, from, to)),
        points: { show: (u) => u.data[0].length < DOTS, size: 3, width: 0, fill: `${quiet}a0` },
      },
      edge,
      edge,
      { stroke: accent, width: 2, points: { show: false } },
    ],
    hooks: {
      setCursor: [readOut],
      drawClear: [(u) => drawMarks(u, extras().marks, data()?.broken ?? [], spec)],
      draw: [(u) => drawOthers(u, extras().others)],
    },
  };
}

const linear = uPlot.paths.linear?.() ?? (() => null);

/** A range that other runs' lines fit into as well. */
function reach(
  own: readonly (number | null)[],
  others: readonly OtherLine[],
  column: "x" | "smoothed",
  isLog: boolean,
): [number, number] {
  let low = own[0] ?? Number.POSITIVE_INFINITY;
  let high = own[1] ?? Number.NEGATIVE_INFINITY;
  for (const { data } of others) {
    for (const value of data[column]) {
      if (value === null || (isLog && value <= 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Room above and below, and never a range of zero. */
function rangeOf(low: number, high: number): uPlot.Range.MinMax {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const span = high - low > size * 1e-9 ? high - low : size || 1;
  const floor = low >= 0 && low < span ? 0 : low - span * 0.08;
  return [floor, high + span * 0.08];
}

/** From a label to a label of a logarithmic axis: 1, 2 or 5 times a power of ten. */
function logRange(low: number, high: number): uPlot.Range.MinMax {
  const labels = (value: number) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 5, 10].map((step) => step * power);
  };
  const least = labels(low).findLast((label) => label <= low) ?? low;
  const most = labels(high).find((label) => label >= high) ?? high;
  return least < most ? [least, most] : [least / 2, most * 2];
}

function axesOf({ large }: ChartSpec, isLog: boolean): uPlot.Axis[] {
  const look = {
    stroke: themeColor("ink-2"),
    font: `11px ${themeColor("font")}`,
    grid: { stroke: themeColor("line"), width: 1 },
    ticks: { show: false },
  };
  const labels: uPlot.Axis.DynamicValues = (_, splits, __, ___, step) => axisLabels(splits, step);
  const powers: uPlot.Axis.DynamicValues = (_, splits) =>
    splits.map((value) => {
      if (value === null) return "";
      return value >= 1 ? compact(value) : String(Number(value.toPrecision(1)));
    });
  return [
    { ...look, grid: { show: false }, show: large, size: 24, gap: 4, space: 70, values: labels },
    { ...look, size: widthOf, gap: 6, space: large ? 34 : 26, values: isLog ? powers : labels },
  ];
}

/** Room for the longest label of the y axis, CSS pixels. */
function widthOf(_: uPlot, labels: string[] | null): number {
  const longest = Math.max(3, ...(labels ?? []).map((label) => label.length));
  return 10 + Math.ceil(longest * 6.3);
}
