/**
 * A game's board as a picture of bytes: what agents that learn from pixels see.
 *
 * A pixel takes a shape's colour by the share of it that the shape covers, times the shape's alpha;
 * shapes are mixed in one after the other. Coverage is exact for rectangles, lines and digits, and
 * within 1/256 for circles (disc.ts), whose centres are kept to 1/1024 of a pixel. Edges of rectangles
 * are kept to 1/32768. Only
 * additions, multiplications, divisions, roots and integer steps: every engine paints the same
 * bytes. Nothing is allocated while painting.
 */
import type { BoardSize, Canvas } from "../game.js";
import { DIGIT_ADVANCE, DIGIT_HEIGHT, digitEdges } from "./digits.js";
import { addDisc } from "./disc.js";
import { boardWindow, type PixelOptions, pixelFormat } from "./options.js";
import { Outline, type Window } from "./outline.js";
import { ONE, Raster } from "./raster.js";
import { type FramedDisc, STAMP_SIDE, Stamps } from "./stamps.js";

/** Parts of a pixel to which the centres of circles are kept. */
const PARTS = 1024;

/** Paints a board into bytes, [height, width, channels]. */
export class PixelCanvas implements Canvas {
  private readonly raster: Raster;
  private readonly outline: Outline;
  private readonly stamps: Stamps = new Stamps();
  private readonly disc: FramedDisc = { x: 0, y: 0, a: 0, b: 0, width: 0, height: 0 };
  /** Where the board lies; nothing is painted outside of it. */
  private readonly window: Window;
  /** Pixels per board unit. */
  private readonly scaleX: number;
  private readonly scaleY: number;

  /** Throws EnvError INVALID_ARGUMENT. */
  constructor(board: BoardSize, options: PixelOptions = {}) {
    const format = pixelFormat(options);
    this.raster = new Raster(format.width, format.height, format.channels);
    this.window = boardWindow(format, board);
    this.outline = new Outline(this.window);
    this.scaleX = (this.window.right - this.window.left) / board.width;
    this.scaleY = (this.window.bottom - this.window.top) / board.height;
  }

  /** Begins a new picture, all black, in the bytes of `out` from `at`. */
  begin(out: Uint8Array, at: number): void {
    const { raster } = this;
    raster.paintInto(out, at);
    raster.ink(0);
    raster.solid(0, raster.width * raster.height);
  }

  background(color: number): void {
    const { left, top, right, bottom } = this.window;
    this.raster.ink(color);
    this.raster.box(left * ONE, top * ONE, right * ONE, bottom * ONE, ONE);
  }

  /** See {@link Canvas.rect}. */
  rect(x: number, y: number, width: number, height: number, color: number, alpha = 1): void {
    if (!(alpha > 0)) return;
    this.raster.ink(color);
    this.raster.box(
      this.edgeX(x),
      this.edgeY(y),
      this.edgeX(x + width),
      this.edgeY(y + height),
      Math.floor(Math.min(alpha, 1) * ONE + 0.5),
    );
  }

  /** See {@link Canvas.circle}. */
  circle(x: number, y: number, radius: number, color: number, alpha = 1): void {
    if (!(alpha > 0 && radius > 0)) return;
    const { disc, outline, raster, window, scaleX, scaleY } = this;
    const [a, b] = [radius * scaleX, radius * scaleY];
    const [centreX, centreY] = [snap(this.pixelX(x)), snap(this.pixelY(y))];
    const [left, top] = [Math.floor(centreX - a) - 1, Math.floor(centreY - b) - 1];
    disc.x = centreX - left;
    disc.y = centreY - top;
    disc.a = a;
    disc.b = b;
    disc.width = Math.ceil(disc.x + a) + 1;
    disc.height = Math.ceil(disc.y + b) + 1;
    raster.ink(color);
    const isInside =
      left >= window.left &&
      top >= window.top &&
      left + disc.width <= window.right &&
      top + disc.height <= window.bottom;
    const isSmall = disc.width <= STAMP_SIDE && disc.height <= STAMP_SIDE;
    const mayBeKept = isInside && isSmall && alpha >= 1;
    if (mayBeKept && this.stamps.paint(disc, raster, top * raster.width + left)) return;
    addDisc(outline, disc.x, disc.y, a, b);
    outline.paint(raster, Math.min(alpha, 1), left, top);
  }

  /** See {@link Canvas.line}. */
  line(x1: number, y1: number, x2: number, y2: number, width: number, color: number): void {
    const [dx, dy] = [x2 - x1, y2 - y1];
    const length = Math.sqrt(dx * dx + dy * dy);
    if (!(length > 0 && width > 0)) return;
    if (dx === 0 || dy === 0) {
      this.uprightLine(Math.min(x1, x2), Math.min(y1, y2), dx === 0, length, width, color);
      return;
    }
    const sideX = (-dy * width) / (2 * length);
    const sideY = (dx * width) / (2 * length);
    const { outline, raster } = this;
    const [ax, ay] = [this.pixelX(x1 + sideX), this.pixelY(y1 + sideY)];
    const [bx, by] = [this.pixelX(x2 + sideX), this.pixelY(y2 + sideY)];
    const [cx, cy] = [this.pixelX(x2 - sideX), this.pixelY(y2 - sideY)];
    const [ex, ey] = [this.pixelX(x1 - sideX), this.pixelY(y1 - sideY)];
    outline.edge(ax, ay, bx, by);
    outline.edge(bx, by, cx, cy);
    outline.edge(cx, cy, ex, ey);
    outline.edge(ex, ey, ax, ay);
    raster.ink(color);
    outline.paint(raster, 1);
  }

  /** See {@link Canvas.digits}; digits are 3 cells wide, 5 high and 4 apart. */
  digits(x: number, y: number, height: number, value: number, color: number): void {
    const cell = height / DIGIT_HEIGHT;
    let rest = Number.isSafeInteger(value) && value > 0 ? value : 0;
    let places = 1;
    for (let left = Math.floor(rest / 10); left > 0; left = Math.floor(left / 10)) places += 1;
    for (let place = places - 1; place >= 0; place--) {
      const next = Math.floor(rest / 10);
      this.addDigit(x + place * DIGIT_ADVANCE * cell, y, cell, rest - 10 * next);
      rest = next;
    }
    this.raster.ink(color);
    this.outline.paint(this.raster, 1);
  }

  /** A line along a side of the board: a rectangle, which is faster. */
  private uprightLine(
    x: number,
    y: number,
    down: boolean,
    length: number,
    width: number,
    color: number,
  ): void {
    if (down) this.rect(x - width / 2, y, width, length, color);
    else this.rect(x, y - width / 2, length, width, color);
  }

  private addDigit(x: number, y: number, cell: number, digit: number): void {
    const edges = digitEdges[digit];
    for (let i = 0; i < edges.length; i += 3) {
      const at = this.pixelX(x + edges[i] * cell);
      const from = this.pixelY(y + edges[i + 1] * cell);
      this.outline.edge(at, from, at, this.pixelY(y + edges[i + 2] * cell));
    }
  }

  /** Board units to pixels. */
  private pixelX(x: number): number {
    return this.window.left + x * this.scaleX;
  }

  private pixelY(y: number): number {
    return this.window.top + y * this.scaleY;
  }

  /** Board units to 1/ONE of a pixel, inside the board. */
  private edgeX(x: number): number {
    const { left, right } = this.window;
    const pixel = Math.min(right, Math.max(left, left + x * this.scaleX));
    return Math.floor(pixel * ONE + 0.5);
  }

  private edgeY(y: number): number {
    const { top, bottom } = this.window;
    const pixel = Math.min(bottom, Math.max(top, top + y * this.scaleY));
    return Math.floor(pixel * ONE + 0.5);
  }
}

/** To the nearest 1/PARTS of a pixel. */
function snap(pixel: number): number {
  return Math.floor(pixel * PARTS + 0.5) / PARTS;
}
