/**
 * Axes on which examples draw, as SVG text: lines, points and filled cells in data units.
 *
 * Three kinds: "origin", axes that cross at (0, 0) like those of a school book, "frame", a left and a bottom axis, and "none".
 * Never a top or right spine. Colours follow the reader's light or dark scheme.
 */

/** Distinguishable for most colour-blind people (after Okabe and Ito). */
export const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

const margin = { left: 44, right: 18, top: 42, bottom: 40 };
const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; paint-order: stroke; stroke: #ffffff; stroke-width: 3px; }
  .title { font-size: 14px; font-weight: 600; }
  .axis { stroke: #57606a; fill: none; }
  .tick { fill: #57606a; font-size: 11px; font-variant-numeric: tabular-nums; }
  .sheet { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; stroke: #0d1117; } .tick { fill: #8b949e; } .axis { stroke: #8b949e; } .sheet { fill: #0d1117; }
  }`;

/** Numbers at steps of 1, 2 or 5 times a power of ten that cover [low, high] with about `count` of them. */
export function ticks(low, high, count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((x) => x * power).find((x) => x >= rough * 0.999);
  const list = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    list.push(Number((i * step).toPrecision(12)));
  }
  return list;
}

/** One set of axes. `x` and `y` are the ranges shown, [low, high]. */
export class Axes {
  #parts = [];
  #legend = [];

  constructor({
    x,
    y,
    title = "",
    xLabel = "",
    yLabel = "",
    kind = "frame",
    width = 320,
    height = 260,
  }) {
    Object.assign(this, { x, y, title, xLabel, yLabel, kind, width, height });
  }

  /** Horizontal place of a value, in pixels. */
  px(value) {
    const [low, high] = this.x;
    const space = this.width - margin.left - margin.right;
    return margin.left + ((value - low) / (high - low)) * space;
  }

  /** Vertical place of a value, in pixels. */
  py(value) {
    const [low, high] = this.y;
    const space = this.height - margin.top - margin.bottom;
    return this.height - margin.bottom - ((value - low) / (high - low)) * space;
  }

  /** A curve through points; a NaN interrupts it. */
  line(xs, ys, { color = palette[0], label = "", dashed = false, width = 2 } = {}) {
    let path = "";
    let pen = "M";
    for (let i = 0; i < xs.length; i++) {
      if (!Number.isFinite(ys[i])) pen = "M";
      else {
        path += `${pen}${this.px(xs[i]).toFixed(1)} ${this.py(ys[i]).toFixed(1)}`;
        pen = "L";
      }
    }
    const dash = dashed ? ' stroke-dasharray="5 4"' : "";
    this.#parts.push(
      `<path d="${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round"${dash}/>`,
    );
    if (label) this.#legend.push({ label, color, dashed });
    return this;
  }

  /** Dots, each with a colour of its own if `colors` is a list. */
  points(xs, ys, { color = palette[0], colors, radius = 2.5, label = "" } = {}) {
    for (let i = 0; i < xs.length; i++) {
      const fill = colors?.[i] ?? color;
      this.#parts.push(
        `<circle cx="${this.px(xs[i]).toFixed(1)}" cy="${this.py(ys[i]).toFixed(1)}" r="${radius}" fill="${fill}"/>`,
      );
    }
    if (label) this.#legend.push({ label, color, dashed: false });
    return this;
  }

  /** A grid of coloured cells that fills the axes; `colors` row by row, the lowest y first. */
  cells(columns, rows, colors, { opacity = 0.3 } = {}) {
    const cellX = (this.x[1] - this.x[0]) / columns;
    const cellY = (this.y[1] - this.y[0]) / rows;
    const parts = [];
    for (let row = 0; row < rows; row++) {
      for (let from = 0, to = 1; from < columns; from = to, to++) {
        const color = colors[row * columns + from];
        while (to < columns && colors[row * columns + to] === color) to++;
        const left = this.px(this.x[0] + from * cellX);
        const top = this.py(this.y[0] + (row + 1) * cellY);
        const right = this.px(this.x[0] + to * cellX);
        const bottom = this.py(this.y[0] + row * cellY);
        parts.push(
          `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${(right - left + 0.3).toFixed(1)}" height="${(bottom - top + 0.3).toFixed(1)}" fill="${color}"/>`,
        );
      }
    }
    this.#parts.push(`<g opacity="${opacity}" shape-rendering="crispEdges">${parts.join("")}</g>`);
    return this;
  }

  /** The drawing as an SVG group at a place of the sheet. */
  group(left, top) {
    const scales = this.kind === "none" ? [] : [this.#spines(), ...this.#labels()];
    const title = text(margin.left, 18, this.title, "title", "start");
    const parts = [...this.#parts, ...scales, title, ...this.#key()];
    return `<g transform="translate(${left} ${top})">\n${parts.join("\n")}\n</g>`;
  }

  #spines() {
    const [left, right] = this.x.map((value) => this.px(value).toFixed(1));
    const [bottom, top] = this.y.map((value) => this.py(value).toFixed(1));
    const across = this.kind === "origin" ? this.py(0).toFixed(1) : bottom;
    const up = this.kind === "origin" ? this.px(0).toFixed(1) : left;
    return `<path class="axis" d="M${left} ${across}H${right}M${up} ${bottom}V${top}"/>`;
  }

  #labels() {
    const origin = this.kind === "origin";
    const across = this.py(origin ? 0 : this.y[0]);
    const up = this.px(origin ? 0 : this.x[0]);
    const shown = (list) => list.filter((value) => !origin || value !== 0);
    const parts = [
      ...shown(ticks(...this.x)).flatMap((value) => [
        `<path class="axis" d="M${this.px(value).toFixed(1)} ${across.toFixed(1)}v4"/>`,
        text(this.px(value), across + 16, value, "tick", "middle"),
      ]),
      ...shown(ticks(...this.y)).flatMap((value) => [
        `<path class="axis" d="M${up.toFixed(1)} ${this.py(value).toFixed(1)}h-4"/>`,
        text(up - 7, this.py(value) + 4, value, "tick", "end"),
      ]),
    ];
    if (this.xLabel)
      parts.push(text(this.px(this.x[1]), this.height - 6, this.xLabel, "tick", "end"));
    if (this.yLabel)
      parts.push(text(margin.left + 6, margin.top - 2, this.yLabel, "tick", "start"));
    return parts;
  }

  #key() {
    return this.#legend.flatMap(({ label, color, dashed }, i) => {
      const y = margin.top + 12 + 16 * i;
      const x = margin.left + 10;
      const dash = dashed ? ' stroke-dasharray="5 4"' : "";
      return [
        `<path d="M${x} ${y}h18" stroke="${color}" stroke-width="2.5"${dash}/>`,
        text(x + 24, y + 4, label, "", "start"),
      ];
    });
  }
}

/** Several axes side by side as one SVG file. */
export function sheet(rows) {
  const list = Array.isArray(rows[0]) ? rows : [rows];
  const widths = list.map((row) => row.reduce((sum, axes) => sum + axes.width, 0));
  const heights = list.map((row) => Math.max(...row.map(({ height }) => height)));
  const width = Math.max(...widths);
  const height = heights.reduce((sum, one) => sum + one, 0);
  let top = 0;
  const groups = list.flatMap((row, r) => {
    let left = 0;
    const line = row.map((axes) => {
      const group = axes.group(left, top);
      left += axes.width;
      return group;
    });
    top += heights[r];
    return line;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<style>${style}\n</style>`,
    `<rect class="sheet" width="${width}" height="${height}"/>`,
    ...groups,
    "</svg>\n",
  ].join("\n");
}

function text(x, y, value, kind, anchor) {
  const plain = typeof value === "number" ? String(value).replace("-", "\u2212") : value;
  const shown = plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${kind}" text-anchor="${anchor}">${shown}</text>`;
}
