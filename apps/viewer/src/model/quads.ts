/**
 * From board units to device pixels: a drawing becomes quads that a renderer only has to copy to
 * the screen.
 *
 * Edges of rectangles land on whole pixels and shapes that touch on the board touch on the screen,
 * so gaps between bricks look alike at every scale (fit.ts chooses scales at which they really
 * are). Circles and lines keep their exact place; their smooth edges come with their texture. Both
 * renderers draw the same quads.
 */
import type { Fit } from "./fit.js";
import { ADVANCE, digitRuns, digitsOf, HEIGHT } from "./glyphs.js";
import { FIELDS, Kind, type PrimitiveList } from "./primitives.js";

/** What fills a quad. */
export const Shape = {
  /** A plain rectangle. */
  box: 0,
  /** A disc that touches the four sides. */
  disc: 1,
  /** A rectangle along its x axis whose long edges are smooth. */
  band: 2,
} as const;

/** Where a board lies on the canvas, in whole device pixels, and how it is put there. */
export interface Viewport extends Fit {
  readonly x: number;
  readonly y: number;
  /** Board size in board units. */
  readonly width: number;
  readonly height: number;
}

/**
 * Numbers kept per quad: centre x, centre y, width, height in device pixels, rotation in radians.
 */
export const QUAD_FIELDS = 5;

/** A list of quads in painter's order; columns grow and are reused. */
export class QuadList {
  count = 0;
  shapes = new Uint8Array(64);
  /** [count, QUAD_FIELDS] */
  fields = new Float32Array(64 * QUAD_FIELDS);
  /** 0xRRGGBB each. */
  colors = new Uint32Array(64);
  /** 0..1 each. */
  alphas = new Float32Array(64);

  clear(): void {
    this.count = 0;
  }

  /** Adds a quad; returns the index in `fields` where its QUAD_FIELDS numbers are to be written. */
  add(shape: number, color: number, alpha: number): number {
    const i = this.count;
    if (i === this.shapes.length) this.grow();
    this.shapes[i] = shape;
    this.colors[i] = color;
    this.alphas[i] = alpha;
    this.count = i + 1;
    return i * QUAD_FIELDS;
  }

  private grow(): void {
    const { shapes, fields, colors, alphas } = this;
    this.shapes = new Uint8Array(shapes.length * 2);
    this.fields = new Float32Array(fields.length * 2);
    this.colors = new Uint32Array(colors.length * 2);
    this.alphas = new Float32Array(alphas.length * 2);
    this.shapes.set(shapes);
    this.fields.set(fields);
    this.colors.set(colors);
    this.alphas.set(alphas);
  }
}

/** Appends the quads of a drawing, placed at `view`. */
export function layOut(list: PrimitiveList, view: Viewport, out: QuadList): void {
  for (let i = 0; i < list.count; i++) {
    switch (list.kinds[i]) {
      case Kind.background:
        background(list, i, view, out);
        break;
      case Kind.rect:
        rect(list, i, view, out);
        break;
      case Kind.circle:
        circle(list, i, view, out);
        break;
      case Kind.line:
        line(list, i, view, out);
        break;
      default:
        digits(list, i, view, out);
    }
  }
}

function background(list: PrimitiveList, i: number, view: Viewport, out: QuadList): void {
  const at = out.add(Shape.box, list.colors[i], list.alphas[i]);
  const w = Math.round(view.width * view.scale);
  const h = Math.round(view.height * view.scale);
  place(out, at, view.x, view.y, w, h);
}

/**
 * A rectangle with its edges rounded to pixels, inside the board; whatever has a size stays at
 * least one pixel.
 */
function rect(list: PrimitiveList, i: number, view: Viewport, out: QuadList): void {
  const { fields } = list;
  const p = i * FIELDS;
  const w = fields[p + 2];
  const h = fields[p + 3];
  if (!(w > 0 && h > 0)) return;
  if (!view.crisp) {
    exactRect(list, i, view, out);
    return;
  }
  const left = snap(fields[p], view.width, view.scale, view.shiftX);
  const right = snap(fields[p] + w, view.width, view.scale, view.shiftX);
  const top = snap(fields[p + 1], view.height, view.scale, view.shiftY);
  const bottom = snap(fields[p + 1] + h, view.height, view.scale, view.shiftY);
  const at = out.add(Shape.box, list.colors[i], list.alphas[i]);
  const size = Math.max(1, right - left);
  place(out, at, view.x + left, view.y + top, size, Math.max(1, bottom - top));
}

/** A rectangle with its edges where they are; the renderer smooths them. */
function exactRect(list: PrimitiveList, i: number, view: Viewport, out: QuadList): void {
  const { fields } = list;
  const p = i * FIELDS;
  const at = out.add(Shape.box, list.colors[i], list.alphas[i]);
  const x = view.x + fields[p] * view.scale;
  const y = view.y + fields[p + 1] * view.scale;
  place(out, at, x, y, fields[p + 2] * view.scale, fields[p + 3] * view.scale);
}

/** The pixel of an edge; the shift never moves it over the board's far edge. */
function snap(edge: number, length: number, scale: number, shift: number): number {
  const pixel = Math.round(edge * scale + shift);
  const last = Math.round(length * scale);
  return pixel > last ? Math.max(last, Math.round(edge * scale)) : pixel;
}

function circle(list: PrimitiveList, i: number, view: Viewport, out: QuadList): void {
  const { fields } = list;
  const p = i * FIELDS;
  const size = Math.max(2.5, 2 * fields[p + 2] * view.scale);
  const at = out.add(Shape.disc, list.colors[i], list.alphas[i]);
  const x = view.x + fields[p] * view.scale + view.shiftX - size / 2;
  const y = view.y + fields[p + 1] * view.scale + view.shiftY - size / 2;
  place(out, at, x, y, size, size);
}

function line(list: PrimitiveList, i: number, view: Viewport, out: QuadList): void {
  const { fields } = list;
  const p = i * FIELDS;
  const dx = (fields[p + 2] - fields[p]) * view.scale;
  const dy = (fields[p + 3] - fields[p + 1]) * view.scale;
  const at = out.add(Shape.band, list.colors[i], list.alphas[i]);
  out.fields[at] = view.x + fields[p] * view.scale + view.shiftX + dx / 2;
  out.fields[at + 1] = view.y + fields[p + 1] * view.scale + view.shiftY + dy / 2;
  out.fields[at + 2] = Math.max(1, Math.hypot(dx, dy));
  out.fields[at + 3] = Math.max(1, fields[p + 4] * view.scale);
  out.fields[at + 4] = Math.atan2(dy, dx);
}

/** Digits on cells of whole pixels, so that all strokes of a number are equally thick. */
function digits(list: PrimitiveList, i: number, view: Viewport, out: QuadList): void {
  const [x, y, height, value] = list.fields.subarray(i * FIELDS, i * FIELDS + 4);
  const cell = Math.max(1, Math.round((height * view.scale) / HEIGHT));
  let left = view.x + Math.round(x * view.scale + view.shiftX);
  const top = view.y + Math.round(y * view.scale + view.shiftY);
  for (const digit of digitsOf(value)) {
    for (const [column, row, w, h] of digitRuns[digit]) {
      const at = out.add(Shape.box, list.colors[i], list.alphas[i]);
      place(out, at, left + column * cell, top + row * cell, w * cell, h * cell);
    }
    left += ADVANCE * cell;
  }
}

/** Writes an upright quad given by its top left corner. */
function place(out: QuadList, at: number, left: number, top: number, w: number, h: number): void {
  const { fields } = out;
  fields[at] = left + w / 2;
  fields[at + 1] = top + h / 2;
  fields[at + 2] = w;
  fields[at + 3] = h;
  fields[at + 4] = 0;
}
