/**
 * Shapes with any straight edges, by the exact share of each pixel that they cover.
 *
 * A shape is a list of directed edges; the ink lies to the right of an edge that goes down and ends
 * at one that goes up. Each edge adds to the pixel it crosses what the area right of it gains there,
 * and to the pixel after it the rest of its height; the running sum along a row is then the coverage
 * of its pixels. Edges of one shape add up, so touching parts of it leave no seam. Not here: which
 * edges a circle, a line or a digit has (canvas.ts).
 */
import { ONE } from "./raster.js";

/** What a shape is painted into: rows of pixels, of which one at a time is covered in part. */
export interface Painted {
  /** Pixels from left to right. */
  readonly width: number;
  /** Covers a pixel by `cover` of ONE. */
  mixOne(pixel: number, cover: number): void;
}

/** Part of a picture, in whole pixels; right and bottom are the first beyond. */
export interface Window {
  /** The first column. */
  readonly left: number;
  /** The first row. */
  readonly top: number;
  /** The first column beyond. */
  readonly right: number;
  /** The first row beyond. */
  readonly bottom: number;
}

/** Most edges of a shape: those of the largest disc (disc.ts). */
const MOST_EDGES = 2048;
/** Sums kept at a time; taller shapes are painted in bands. */
const CELLS = 16384;

/** Collects the edges of a shape, then paints it. */
export class Outline {
  private readonly window: Window;
  /** [edge, (x1, y1, x2, y2)] in pixels. */
  private readonly edges = new Float64Array(4 * MOST_EDGES);
  private count = 0;
  /** Changes of coverage from pixel to pixel, rows of `stride`; all 0 between shapes. */
  private readonly cells: Float64Array;
  private stride = 0;

  /** @param window shapes are cut off at its sides */
  constructor(window: Window) {
    this.window = window;
    this.cells = new Float64Array(Math.max(CELLS, window.right - window.left + 2));
  }

  /** Adds an edge, in pixels. Level ones need not be added. */
  edge(x1: number, y1: number, x2: number, y2: number): void {
    const { edges } = this;
    const at = 4 * this.count;
    this.count += 1;
    edges[at] = x1;
    edges[at + 1] = y1;
    edges[at + 2] = x2;
    edges[at + 3] = y2;
  }

  /**
   * Paints the shape with the raster's ink and forgets it. (`originX`, `originY`): the whole pixel that
   * the edges were counted from.
   */
  paint(raster: Painted, opacity: number, originX = 0, originY = 0): void {
    const { edges, window } = this;
    const end = 4 * this.count;
    let [minX, minY, maxX, maxY] = [edges[0], edges[1], edges[0], edges[1]];
    for (let i = 0; i < end; i += 2) {
      minX = Math.min(minX, edges[i]);
      maxX = Math.max(maxX, edges[i]);
      minY = Math.min(minY, edges[i + 1]);
      maxY = Math.max(maxY, edges[i + 1]);
    }
    this.count = 0;
    const left = Math.max(window.left - originX, Math.floor(minX));
    const right = Math.min(window.right - originX, Math.ceil(maxX));
    const top = Math.max(window.top - originY, Math.floor(minY));
    const bottom = Math.min(window.bottom - originY, Math.ceil(maxY));
    if (!(right > left && bottom > top)) return;
    this.stride = right - left + 2;
    const rows = Math.floor(this.cells.length / this.stride);
    for (let from = top; from < bottom; from += rows) {
      const to = Math.min(bottom, from + rows);
      for (let at = 0; at < end; at += 4) this.addEdge(at, left, from, to);
      const first = (from + originY) * raster.width + left + originX;
      this.paintBand(raster, first, to - from, opacity);
    }
  }

  /** Adds the part of an edge that lies in the rows from `top` up to `bottom`. */
  private addEdge(at: number, left: number, top: number, bottom: number): void {
    const { edges } = this;
    const down = edges[at + 1] < edges[at + 3];
    const upper = down ? at : at + 2;
    const lower = down ? at + 2 : at;
    const x1 = edges[upper] - left;
    const y1 = edges[upper + 1];
    const y2 = edges[lower + 1];
    const slope = y1 < y2 ? (edges[lower] - left - x1) / (y2 - y1) : 0;
    const end = Math.min(y2, bottom);
    let y = Math.max(y1, top);
    let x = x1 + (y - y1) * slope;
    for (let row = Math.floor(y); y < end; row++) {
      const nextY = Math.min(row + 1, end);
      const nextX = x1 + (nextY - y1) * slope;
      const height = down ? nextY - y : y - nextY;
      this.addPiece((row - top) * this.stride, Math.min(x, nextX), Math.max(x, nextX), height);
      x = nextX;
      y = nextY;
    }
  }

  /**
   * Adds the piece of an edge within one row, whose sums start at `at`: it runs from x = `from` to
   * `to` (relative to the first column) and is `height` high, below 0 where the edge goes up.
   */
  private addPiece(at: number, from: number, to: number, height: number): void {
    const { cells } = this;
    const width = this.stride - 2;
    if (from >= width) return;
    if (to <= 0) {
      cells[at] += height;
      return;
    }
    let column = Math.max(0, Math.floor(from));
    if (to <= column + 1 && from >= 0) {
      const beyond = height * ((from + to) / 2 - column);
      cells[at + column] += height - beyond;
      cells[at + column + 1] += beyond;
      return;
    }
    const share = height / (to - from);
    if (from < 0) cells[at] -= from * share;
    for (; column < width && column < to; column++) {
      const enter = Math.max(from, column);
      const leave = Math.min(to, column + 1);
      const part = (leave - enter) * share;
      const beyond = part * ((enter + leave) / 2 - column);
      cells[at + column] += part - beyond;
      cells[at + column + 1] += beyond;
    }
  }

  /** Turns the sums of `rows` rows into coverage, paints it from pixel `first` on and clears them. */
  private paintBand(raster: Painted, first: number, rows: number, opacity: number): void {
    const { cells, stride } = this;
    const full = opacity * ONE;
    let at = 0;
    for (let row = 0; row < rows; row++) {
      const end = at + stride - 2;
      let pixel = first + row * raster.width;
      let covered = 0;
      for (; at < end; at++) {
        covered += cells[at];
        cells[at] = 0;
        const cover = (covered * full + 0.5) | 0;
        if (cover > 0) raster.mixOne(pixel, cover);
        pixel += 1;
      }
      cells[at] = 0;
      cells[at + 1] = 0;
      at += 2;
    }
  }
}
