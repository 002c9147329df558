/** A game's Canvas that writes SVG: what `draw` paints, as text. */
import { digitRows } from "@carom/envs";

export class SvgCanvas {
  shapes = [];
  constructor({ width, height }) {
    this.width = width;
    this.height = height;
  }
  background(color) {
    this.shapes = [];
    this.rect(0, 0, this.width, this.height, color);
  }
  rect(x, y, width, height, color, alpha = 1) {
    const size = `width="${short(width)}" height="${short(height)}"`;
    this.shapes.push(
      `<rect x="${short(x)}" y="${short(y)}" ${size} ${paint("fill", color, alpha)}/>`,
    );
  }
  circle(x, y, radius, color, alpha = 1) {
    const place = `cx="${short(x)}" cy="${short(y)}" r="${short(radius)}"`;
    this.shapes.push(`<circle ${place} ${paint("fill", color, alpha)}/>`);
  }
  line(x1, y1, x2, y2, width, color) {
    const ends = `x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}"`;
    this.shapes.push(`<line ${ends} stroke-width="${short(width)}" ${paint("stroke", color, 1)}/>`);
  }
  digits(x, y, height, value, color) {
    const cell = height / 5;
    const runs = [...String(value)].flatMap((digit, i) =>
      digitRows[Number(digit)].flatMap((bits, row) =>
        [0, 1, 2]
          .filter((column) => bits & (4 >> column))
          .map((column) => [x + (4 * i + column) * cell, y + row * cell]),
      ),
    );
    const cells = runs.map(
      ([left, top]) =>
        `M${short(left)} ${short(top)}h${short(cell)}v${short(cell)}h-${short(cell)}z`,
    );
    this.shapes.push(`<path d="${cells.join("")}" ${paint("fill", color, 1)}/>`);
  }
}

function paint(what, color, alpha) {
  const hex = `#${color.toString(16).padStart(6, "0")}`;
  return alpha === 1 ? `${what}="${hex}"` : `${what}="${hex}" ${what}-opacity="${short(alpha)}"`;
}

function short(value) {
  return Number(value.toFixed(3));
}
