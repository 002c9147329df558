/**
 * One chart of one metric against env steps: raw values behind, the smoothed line in front, the
 * value under the cursor in the heading. Cursors of all charts move together. Drawn by uPlot; what
 * it draws is made in model/chart-data.ts.
 */
import uPlot from "uplot";
import type { ChartData } from "../model/chart-data.js";
import { axisLabels, compact } from "../model/format.js";
import { h, setAttribute, setText } from "./dom.js";
import { themeColor } from "./theme.js";

/** Above this many points raw values are a line, not dots. */
const DOTS = 240;

export interface ChartSpec {
  /** Name of the metric. */
  readonly key: string;
  readonly title: string;
  readonly text: (value: number) => string;
  /** The large chart has labels along x and marks of kept episodes. */
  readonly large: boolean;
}

/** Marks that do not come from the metrics. */
export interface Marks {
  /** Where the episode on the stage ended, in env steps. */
  readonly playing: number | undefined;
  /** Kept episodes: env steps and return. */
  readonly episodes: readonly (readonly [steps: number, score: number])[];
}

export interface Chart {
  readonly root: HTMLElement;
  readonly spec: ChartSpec;
  /** Width of the drawing, CSS pixels. */
  readonly width: () => number;
  draw(data: ChartData | undefined, marks: Marks): void;
  /** Forgets colours; the next `draw` makes everything anew. */
  restyle(): void;
}

/** @param choose called with the env steps of a click */
export function chart(spec: ChartSpec, choose?: (steps: number) => void): Chart {
  const value = h("output", { class: "figure strong" });
  const at = h("span", { class: "hint figure" });
  const host = h("div", { class: "plot", role: "img", "aria-label": spec.title });
  const root = h(
    "figure",
    { class: spec.large ? "chart large" : "chart", hidden: true },
    h("figcaption", {}, h("span", { class: "label" }, spec.title), at, value),
    host,
  );
  const size = { width: 0, height: 0 };
  let plot: uPlot | undefined;
  let shown: ChartData | undefined;
  let marks: Marks = { playing: undefined, episodes: [] };

  function readOut(): void {
    if (!shown) return;
    const index = plot?.cursor.idx ?? undefined;
    const i = index ?? shown.x.length - 1;
    const y = index === undefined ? lastOf(shown) : (shown.raw[i] ?? shown.smoothed[i]);
    setText(value, y === null || y === undefined ? "\u2013" : spec.text(y));
    setText(at, index === undefined || !spec.large ? "" : `at ${compact(shown.x[i])}`);
    if (index === undefined)
      setAttribute(host, "aria-label", `${spec.title}: ${value.textContent}`);
  }

  function make(data: ChartData): uPlot {
    const options = optionsOf(spec, size, { marks: () => marks, readOut });
    const made = new uPlot(options, columns(data), host);
    if (choose) {
      made.over.addEventListener("click", () => choose(made.posToVal(made.cursor.left ?? 0, "x")));
    }
    return made;
  }

  function draw(data: ChartData | undefined, next: Marks): void {
    marks = next;
    shown = data;
    root.hidden = data === undefined;
    if (!data || size.width === 0) return;
    if (!plot) plot = make(data);
    else plot.setData(columns(data));
    readOut();
  }

  function restyle(): void {
    plot?.destroy();
    plot = undefined;
    if (shown) draw(shown, marks);
  }

  new ResizeObserver(([entry]) => {
    size.width = Math.floor(entry.contentRect.width);
    size.height = Math.floor(entry.contentRect.height);
    if (plot) plot.setSize(size);
    else if (shown) draw(shown, marks);
  }).observe(host);
  return { root, spec, width: () => size.width, draw, restyle };
}

/**
 * The value that a chart shows when nobody points at it: the smoothed one, which is what the line
 * ends at.
 */
function lastOf({ smoothed }: ChartData): number | null | undefined {
  return smoothed.at(-1);
}

function columns({ x, raw, smoothed }: ChartData): uPlot.AlignedData {
  return [x as number[], raw as (number | null)[], smoothed as (number | null)[]];
}

interface Hooks {
  marks(): Marks;
  readOut(): void;
}

function optionsOf(
  spec: ChartSpec,
  size: { width: number; height: number },
  { marks, readOut }: Hooks,
): uPlot.Options {
  const quiet = themeColor("ink-3");
  const accent = themeColor("accent");
  return {
    ...size,
    padding: [8, 10, spec.large ? 0 : 4, 0],
    legend: { show: false },
    cursor: {
      y: false,
      sync: { key: "run" },
      drag: { x: false, y: false },
      points: { size: 6, width: 0 },
    },
    scales: { x: { time: false }, y: { range: rangeOf } },
    axes: axesOf(spec),
    series: [
      {},
      {
        stroke: `${quiet}80`,
        width: 1,
        paths: (u, index, from, to) => (to - from < DOTS ? null : linear(u, index, from, to)),
        points: { show: (u) => u.data[0].length < DOTS, size: 3, width: 0, fill: `${quiet}a0` },
      },
      { stroke: accent, width: 2, points: { show: false } },
    ],
    hooks: { setCursor: [readOut], drawClear: [(u) => drawMarks(u, marks(), spec)] },
  };
}

const linear = uPlot.paths.linear?.() ?? (() => null);

/** Room above and below, and never a range of zero. */
function rangeOf(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const span = high - low || Math.abs(high) || 1;
  const floor = low >= 0 && low < span ? 0 : low - span * 0.08;
  return [floor, high + span * 0.08];
}

function axesOf({ large }: ChartSpec): uPlot.Axis[] {
  const look = {
    stroke: themeColor("ink-2"),
    font: `11px ${themeColor("font")}`,
    grid: { stroke: themeColor("line"), width: 1 },
    ticks: { show: false },
  };
  const labels: uPlot.Axis.DynamicValues = (_, splits, __, ___, step) => axisLabels(splits, step);
  return [
    { ...look, grid: { show: false }, show: large, size: 24, gap: 4, space: 70, values: labels },
    { ...look, size: widthOf, gap: 6, space: large ? 34 : 26, values: labels },
  ];
}

/** Room for the longest label of the y axis, CSS pixels. */
function widthOf(_: uPlot, labels: string[] | null): number {
  const longest = Math.max(3, ...(labels ?? []).map((label) => label.length));
  return 10 + Math.ceil(longest * 6.3);
}

/** Behind the lines: a dot per kept episode, and a line where the one on the stage belongs. */
function drawMarks(u: uPlot, { playing, episodes }: Marks, spec: ChartSpec): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  const within = (x: number) => x >= bbox.left && x <= bbox.left + bbox.width;
  ctx.save();
  if (spec.large) {
    ctx.fillStyle = `${themeColor("ink-3")}70`;
    for (const [steps, score] of episodes) {
      const x = u.valToPos(steps, "x", true);
      const y = u.valToPos(score, "y", true);
      if (!within(x) || y < bbox.top || y > bbox.top + bbox.height) continue;
      ctx.beginPath();
      ctx.arc(x, y, 1.6 * ratio, 0, 2 * Math.PI);
      ctx.fill();
    }
  }
  const x = playing === undefined ? Number.NaN : Math.round(u.valToPos(playing, "x", true));
  if (within(x)) {
    ctx.strokeStyle = themeColor("accent");
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
