/**
 * A canvas of letters: draws a game's board as text, for tests, terminals and bug reports. A cell
 * takes the letter of the last shape painted over its centre, so the picture is the game's own
 * `draw`, not a second rendering. A rectangle over more than half of the board counts as
 * background.
 */
import type { Canvas, Game } from "./game.js";

/** How a board becomes text. */
export interface TextOptions {
  /** Board units per letter, across (default: the board is 32 letters wide). */
  readonly cellWidth?: number;
  /** Board units per line (default: twice `cellWidth`, as letters are tall). */
  readonly cellHeight?: number;
  /** The letter of a colour; others are # for rectangles and lines, o for circles. */
  readonly letters?: Readonly<Record<number, string>>;
}

const DEFAULT_COLUMNS = 32;

/** Paints into letters; `text` is the result. */
export class TextCanvas implements Canvas {
  private readonly cellWidth: number;
  private readonly cellHeight: number;
  private readonly letters: Readonly<Record<number, string>>;
  private readonly cells: string[][];
  private readonly halfBoard: number;

  constructor(
    board: { readonly width: number; readonly height: number },
    options: TextOptions = {},
  ) {
    this.cellWidth = options.cellWidth ?? board.width / DEFAULT_COLUMNS;
    this.cellHeight = options.cellHeight ?? 2 * this.cellWidth;
    this.letters = options.letters ?? {};
    this.halfBoard = (board.width * board.height) / 2;
    const columns = Math.max(1, Math.round(board.width / this.cellWidth));
    const lines = Math.max(1, Math.round(board.height / this.cellHeight));
    this.cells = Array.from({ length: lines }, () => new Array<string>(columns).fill("."));
  }

  /** The picture, one line per row of cells. */
  get text(): string {
    return this.cells.map((line) => line.join("")).join("\n");
  }

  background(_color: number): void {
    for (const line of this.cells) line.fill(".");
  }

  /** See {@link Canvas.rect}. */
  rect(x: number, y: number, width: number, height: number, color: number): void {
    const usual = width * height > this.halfBoard ? "." : "#";
    const letter = this.letters[color] ?? usual;
    const [left, right] = atLeastOneCell(x, width, this.cellWidth);
    const [top, bottom] = atLeastOneCell(y, height, this.cellHeight);
    this.paint(letter, (cx, cy) => cx >= left && cx < right && cy >= top && cy < bottom);
  }

  /** See {@link Canvas.circle}. */
  circle(x: number, y: number, radius: number, color: number): void {
    const letter = this.letters[color] ?? "o";
    this.paint(letter, (cx, cy) => (cx - x) * (cx - x) + (cy - y) * (cy - y) <= radius * radius);
    this.put(letter, x, y);
  }

  /** See {@link Canvas.line}. */
  line(x1: number, y1: number, x2: number, y2: number, _width: number, color: number): void {
    const letter = this.letters[color] ?? "#";
    const steps = Math.ceil(
      Math.max(Math.abs(x2 - x1) / this.cellWidth, Math.abs(y2 - y1) / this.cellHeight, 1),
    );
    for (let i = 0; i <= steps; i++) {
      this.put(letter, x1 + ((x2 - x1) * i) / steps, y1 + ((y2 - y1) * i) / steps);
    }
  }

  digits(x: number, y: number, height: number, value: number, _color: number): void {
    const letters = String(value);
    for (let i = 0; i < letters.length; i++) {
      this.put(letters[i], x + (i + 0.5) * this.cellWidth, y + height / 2);
    }
  }

  private put(letter: string, x: number, y: number): void {
    const line = this.cells[Math.floor(y / this.cellHeight)];
    const column = Math.floor(x / this.cellWidth);
    if (line && column >= 0 && column < line.length) line[column] = letter;
  }

  private paint(letter: string, covers: (x: number, y: number) => boolean): void {
    this.cells.forEach((line, row) => {
      for (let column = 0; column < line.length; column++) {
        const x = (column + 0.5) * this.cellWidth;
        if (covers(x, (row + 0.5) * this.cellHeight)) line[column] = letter;
      }
    });
  }
}

/**
 * From where to where a length extends, or the cell around its middle where it is shorter than one.
 */
function atLeastOneCell(from: number, length: number, cell: number): [number, number] {
  if (length >= cell) return [from, from + length];
  const first = Math.floor((from + length / 2) / cell) * cell;
  return [first, first + cell];
}

/** A game's board as text. */
export function asText(game: Game, options?: TextOptions): string {
  const canvas = new TextCanvas(game.spec.board, options);
  game.draw(canvas);
  return canvas.text;
}
