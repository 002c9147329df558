/**
 * The slow, obvious way to paint a board into pixels, for tests: every shape is asked which spans it
 * has on many level lines, and the share of a pixel that it covers is the mean over the pixel's lines.
 * Colours stay fractions until they are read.
 */
import type { BoardSize, Canvas } from "../game.js";

/** Lines per row of pixels; a level edge is off by half of a line's share at most. */
const LINES = 512;

/** [from, to] stretches of a level line, in board units. */
type Spans = readonly (readonly [from: number, to: number])[];

const FONT: readonly string[][] = [
  ["###", "#.#", "#.#", "#.#", "###"],
  [".#.", "##.", ".#.", ".#.", "###"],
  ["###", "..#", "###", "#..", "###"],
  ["###", "..#", "###", "..#", "###"],
  ["#.#", "#.#", "###", "..#", "..#"],
  ["###", "#..", "###", "..#", "###"],
  ["###", "#..", "###", "#.#", "###"],
  ["###", "..#", ".#.", ".#.", ".#."],
  ["###", "#.#", "###", "#.#", "###"],
  ["###", "#.#", "###", "..#", "###"],
];

/** Paints the whole picture, black at first. */
export class ReferencePixels implements Canvas {
  /** [height, width, channels], 0 to 255. */
  readonly values: Float64Array;
  private readonly board: BoardSize;
  private readonly width: number;
  private readonly height: number;
  private readonly channels: 1 | 3;

  constructor(board: BoardSize, width: number, height: number, channels: 1 | 3) {
    this.board = board;
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.values = new Float64Array(width * height * channels);
  }

  background(color: number): void {
    this.rect(0, 0, this.board.width, this.board.height, color);
  }

  rect(x: number, y: number, width: number, height: number, color: number, alpha = 1): void {
    const spans: Spans = [[x, x + width]];
    this.paint(color, alpha, (at) => (at >= y && at < y + height ? spans : []));
  }

  circle(x: number, y: number, radius: number, color: number, alpha = 1): void {
    this.paint(color, alpha, (at) => {
      const half = Math.sqrt(radius * radius - (at - y) * (at - y));
      return half > 0 ? [[x - half, x + half]] : [];
    });
  }

  /** The points at most half the length from the middle along the line, half the width across. */
  line(x1: number, y1: number, x2: number, y2: number, width: number, color: number): void {
    const [dx, dy] = [x2 - x1, y2 - y1];
    const length = Math.sqrt(dx * dx + dy * dy);
    const [alongX, alongY] = [dx / length, dy / length];
    this.paint(color, 1, (at) => {
      const fromMiddle = at - (y1 + y2) / 2;
      const a = within(alongX, fromMiddle * alongY, length / 2);
      const b = within(-alongY, fromMiddle * alongX, width / 2);
      const middle = (x1 + x2) / 2;
      return [[middle + Math.max(a[0], b[0]), middle + Math.min(a[1], b[1])]];
    });
  }

  digits(x: number, y: number, height: number, value: number, color: number): void {
    const cell = height / 5;
    this.paint(color, 1, (at) => {
      const row = Math.floor((at - y) / cell);
      if (row < 0 || row > 4) return [];
      const text = Array.from(String(value), (digit) => FONT[Number(digit)][row]).join(".");
      return Array.from(text, (mark, i) => ({ mark, from: x + i * cell }))
        .filter(({ mark }) => mark === "#")
        .map(({ from }) => [from, from + cell]);
    });
  }

  private paint(color: number, alpha: number, spansAt: (y: number) => Spans): void {
    for (let row = 0; row < this.height; row++) {
      const covered = new Float64Array(this.width);
      for (let line = 0; line < LINES; line++) {
        const y = ((row + (line + 0.5) / LINES) * this.board.height) / this.height;
        for (const span of spansAt(y)) this.addSpan(covered, span);
      }
      covered.forEach((share, column) => {
        if (share > 0) this.mix(row * this.width + column, color, (alpha * share) / LINES);
      });
    }
  }

  private addSpan(covered: Float64Array, span: readonly [number, number]): void {
    const [from, to] = span.map((x) => (x * this.width) / this.board.width);
    for (let i = Math.max(0, Math.floor(from)); i < Math.min(this.width, to); i++) {
      covered[i] += Math.max(0, Math.min(to, i + 1) - Math.max(from, i));
    }
  }

  private mix(pixel: number, color: number, share: number): void {
    const [red, green, blue] = [(color >> 16) & 255, (color >> 8) & 255, color & 255];
    const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    const ink = this.channels === 1 ? [luma] : [red, green, blue];
    ink.forEach((value, channel) => {
      const i = pixel * this.channels + channel;
      this.values[i] += share * (value - this.values[i]);
    });
  }
}

/** Where |slope * x + offset| <= limit, from and to. */
function within(slope: number, offset: number, limit: number): [from: number, to: number] {
  if (slope === 0) {
    return Math.abs(offset) <= limit
      ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
      : [0, 0];
  }
  const [a, b] = [(-limit - offset) / slope, (limit - offset) / slope];
  return [Math.min(a, b), Math.max(a, b)];
}
