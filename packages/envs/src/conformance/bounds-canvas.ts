/** A canvas that paints nothing and notes the first shape that does not lie within the board. */
import type { Canvas } from "../game.js";

/** How far beyond the edge still counts as within: rounding. */
const TOLERANCE = 1e-6;

export class BoundsCanvas implements Canvas {
  /** What was wrong first, or an empty string. */
  problem = "";
  /** Shapes painted, backgrounds not counted. */
  shapes = 0;
  private readonly width: number;
  private readonly height: number;

  constructor(board: { readonly width: number; readonly height: number }) {
    this.width = board.width;
    this.height = board.height;
  }

  background(color: number): void {
    this.checkColor("background", color, 1);
  }

  rect(x: number, y: number, width: number, height: number, color: number, alpha = 1): void {
    this.checkBox("rect", [x, y, x + width, y + height]);
    this.checkColor("rect", color, alpha);
  }

  circle(x: number, y: number, radius: number, color: number, alpha = 1): void {
    this.checkBox("circle", [x - radius, y - radius, x + radius, y + radius]);
    this.checkColor("circle", color, alpha);
  }

  line(x1: number, y1: number, x2: number, y2: number, width: number, color: number): void {
    const [left, top] = [Math.min(x1, x2), Math.min(y1, y2)];
    this.checkBox("line", [left, top, Math.max(x1, x2), Math.max(y1, y2)]);
    if (!(width > 0)) this.note(`line: invalid width (got ${width})`);
    this.checkColor("line", color, 1);
  }

  digits(x: number, y: number, height: number, value: number, color: number): void {
    this.checkBox("digits", [x, y, x, y + height]);
    if (!Number.isSafeInteger(value) || value < 0) {
      this.note(`digits: not a non-negative integer (got ${value})`);
    }
    this.checkColor("digits", color, 1);
  }

  /** `box` is [left, top, right, bottom]. */
  private checkBox(shape: string, box: readonly number[]): void {
    this.shapes += 1;
    const [left, top, right, bottom] = box;
    const ordered = left <= right && top <= bottom;
    const within =
      left >= -TOLERANCE &&
      top >= -TOLERANCE &&
      right <= this.width + TOLERANCE &&
      bottom <= this.height + TOLERANCE;
    if (ordered && within) return;
    const board = `0, 0, ${this.width}, ${this.height}`;
    this.note(`${shape}: outside the board (got ${box.join(", ")}, expected within ${board})`);
  }

  private checkColor(shape: string, color: number, alpha: number): void {
    if (!Number.isInteger(color) || color < 0 || color > 0xffffff) {
      this.note(`${shape}: invalid colour (got ${color}, expected 0xRRGGBB)`);
    }
    if (!(alpha >= 0 && alpha <= 1)) {
      this.note(`${shape}: invalid alpha (got ${alpha}, expected 0 to 1)`);
    }
  }

  private note(problem: string): void {
    if (this.problem === "") this.problem = problem;
  }
}
