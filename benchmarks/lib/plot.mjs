/**
 * Line charts as SVG text, on a light background: panels in a grid, each with axes, ticks and its curves, and one legend.
 *
 * A panel is { title, xLabel, yLabel, curves: [{ label, color, points: [[x, y], ...] }] }; a curve may say `width`,
 * `opacity` and `dash`, as SVG does. Both axes include 0.
 */

/** Colours for curves that can be told apart, also by colour-blind readers (after Okabe and Ito). */
export const colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

const panelWidth = 460;
const panelHeight = 300;
const margin = { left: 62, right: 18, top: 34, bottom: 48 };
const legendHeight = 34;

/** @param {object[][]} rows  panels by row @param {{ title: string }} options */
export function chart(rows, { title }) {
  const columns = Math.max(...rows.map((row) => row.length));
  const width = Math.max(columns * panelWidth, 40 + 9 * title.length);
  const top = 36;
  const height = top + rows.length * panelHeight + legendHeight;
  const panels = rows.flatMap((row, y) =>
    row.map((panel, x) => drawPanel(panel, x * panelWidth, top + y * panelHeight)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="${width / 2}" y="24" text-anchor="middle" font-size="16" font-weight="600">${escapeText(title)}</text>
${panels.join("\n")}
${legend(rows.flat(), width, height - legendHeight / 2)}
</svg>
`;
}

function drawPanel({ title, xLabel, yLabel, curves }, left, top) {
  const all = curves.flatMap((curve) => curve.points);
  const xTicks = ticks(all.map(([x]) => x));
  const yTicks = ticks(all.map(([, y]) => y));
  const x0 = left + margin.left;
  const x1 = left + panelWidth - margin.right;
  const y0 = top + panelHeight - margin.bottom;
  const y1 = top + margin.top;
  const share = (value, [first, ...rest]) => (value - first) / (rest.at(-1) - first);
  const toX = (x) => x0 + (x1 - x0) * share(x, xTicks);
  const toY = (y) => y0 + (y1 - y0) * share(y, yTicks);
  const parts = [
    `<text x="${(x0 + x1) / 2}" y="${top + 20}" text-anchor="middle" font-weight="600">${escapeText(title)}</text>`,
    ...yTicks.map((y) => gridLine(x0, x1, toY(y), short(y))),
    ...xTicks.map((x) => mark(toX(x), y0, short(x))),
    `<path d="M${x0} ${y1}V${y0}H${x1}" fill="none" stroke="#57606a"/>`,
    `<text x="${(x0 + x1) / 2}" y="${y0 + 38}" text-anchor="middle" fill="#57606a">${escapeText(xLabel)}</text>`,
    `<text transform="translate(${left + 16} ${(y0 + y1) / 2}) rotate(-90)" text-anchor="middle" fill="#57606a">${escapeText(yLabel)}</text>`,
    ...curves.map((curve) => drawCurve(curve, toX, toY)),
  ];
  return parts.join("\n");
}

function drawCurve({ color, points, width = 1.6, opacity, dash }, toX, toY) {
  const path = points.map(([x, y]) => `${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`).join("L");
  if (path === "") return "";
  const fade = opacity === undefined ? "" : ` stroke-opacity="${opacity}"`;
  const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash}"`;
  return `<path d="M${path}" fill="none" stroke="${color}" stroke-width="${width}"${fade}${dashes} stroke-linejoin="round"/>`;
}

function gridLine(x0, x1, y, label) {
  return `<path d="M${x0} ${y.toFixed(1)}H${x1}" stroke="#d0d7de" stroke-width="0.6"/><text x="${x0 - 6}" y="${(y + 4).toFixed(1)}" text-anchor="end">${label}</text>`;
}

function mark(x, y, label) {
  return `<path d="M${x.toFixed(1)} ${y}v4" stroke="#57606a"/><text x="${x.toFixed(1)}" y="${y + 18}" text-anchor="middle">${label}</text>`;
}

/** One entry per label, in the order of first use. */
function legend(panels, width, y) {
  const entries = new Map(panels.flatMap((p) => p.curves.map((c) => [c.label, c.color])));
  const step = Math.min(160, width / Math.max(1, entries.size));
  const start = width / 2 - (step * entries.size) / 2;
  return [...entries]
    .map(([label, color], i) => {
      const x = start + i * step;
      return `<path d="M${x} ${y}h22" stroke="${color}" stroke-width="2.5"/><text x="${x + 28}" y="${y + 4}">${escapeText(label)}</text>`;
    })
    .join("\n");
}

/** Round numbers from at most the smallest value (or 0) to at least the largest (or 0), about six of them. */
export function ticks(values) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  if (!(high > low)) return [0, 1];
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const count = last - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** 1500000 -> 1.5M. */
function short(value) {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  return String(Number(value.toPrecision(4)));
}

function escapeText(text) {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
