/**
 * Connect Four: discs fall to the bottom of seven columns of six; four of one's own in a row, column
 * or diagonal win.
 *
 * Players: 0 (red, begins) and 1 (yellow) in turn.
 * Actions: 0 to 6, the columns from the left; those that are not full. Keys: 1 to 7.
 * Observation, [6, 7, 2] zeros and ones as the player to move sees them, rows from the top: own discs,
 * the other's discs.
 * Reward, to the player who has just moved: 1 for a win, 0 otherwise, also for a draw; a column that is
 * full loses at once, -1. The other player's reward is the opposite.
 * Start: an empty board. End: four in a row, a full board (a draw), or a move that is not allowed.
 * Version history: 1, the first.
 */
import {
  assertRunning,
  type Canvas,
  defineGame,
  type Game,
  type GameDefinition,
  type GameSpec,
} from "../../game.js";
import { boardSpec, runThrough, stonesBeyond } from "../boards/boards.js";

const COLUMNS = 7;
const ROWS = 6;
const IN_A_ROW = 4;
/** Cells from one row of `board` to the next: the columns and one cell of border. */
const STRIDE = COLUMNS + 1;
/** From a cell to the next one of a line: across, down, and the two diagonals. */
const STEPS = Uint8Array.of(1, STRIDE, STRIDE + 1, STRIDE - 1);
const WALL = 0x2f62c9;
const WALL_EDGE = 0x1f4699;
const BEHIND = 0x151a29;
const LINE = 0xffffff;
/** By player: the disc, its rim, and the dot on the last one. */
const DISCS = Uint32Array.of(0xe5484d, 0xf7ce46);
const RIMS = Uint32Array.of(0xa82a31, 0xc79a1e);
const DOTS = Uint32Array.of(0xffd9d6, 0x7a5a06);

const columnNumbers = Array.from({ length: COLUMNS }, (_, column) => column);

const spec: GameSpec = boardSpec({
  id: "connect4",
  variant: "classic",
  title: "Connect Four",
  actions: columnNumbers.map((column) => `column ${column + 1}`),
  rows: ROWS,
  columns: COLUMNS,
  planes: 2,
  height: ROWS + 1,
  maxSteps: ROWS * COLUMNS,
  keys: Object.fromEntries(
    columnNumbers.flatMap((column) => [
      [`Digit${column + 1}`, column],
      [`Numpad${column + 1}`, column],
    ]),
  ),
});

export class ConnectFour implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  player = 0;
  /** 0 empty, else the player + 1, by rows from the top; empty cells all around it as a border. */
  readonly board: Uint8Array = new Uint8Array(STRIDE * (ROWS + 2) + 1);
  /** Discs in each column. */
  readonly heights: Uint8Array = new Uint8Array(COLUMNS);
  discs = 0;
  /** Where in `board` the last disc lies; -1 before the first. */
  last = -1;

  /** There is no chance in this game. */
  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
    this.player = 0;
    this.board.fill(0);
    this.heights.fill(0);
    this.discs = 0;
    this.last = -1;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const mover = this.player;
    this.player = 1 - mover;
    const height = this.heights[action];
    if (height === ROWS) {
      this.terminated = true;
      return -1;
    }
    const cell = cellAt(action, ROWS - 1 - height);
    this.board[cell] = mover + 1;
    this.heights[action] = height + 1;
    this.discs += 1;
    this.last = cell;
    const won = this.winsAt(cell);
    this.terminated = won || this.discs === ROWS * COLUMNS;
    return won ? 1 : 0;
  }

  legal(out: Uint8Array): void {
    for (let column = 0; column < COLUMNS; column++) {
      out[column] = !this.terminated && this.heights[column] < ROWS ? 1 : 0;
    }
  }

  observe(out: Float32Array, at: number): void {
    const own = this.player + 1;
    let to = at;
    for (let row = 0; row < ROWS; row++) {
      for (let column = 0; column < COLUMNS; column++) {
        const disc = this.board[cellAt(column, row)];
        out[to] = disc === own ? 1 : 0;
        out[to + 1] = disc === 3 - own ? 1 : 0;
        to += 2;
      }
    }
  }

  copyFrom(other: ConnectFour): void {
    this.terminated = other.terminated;
    this.player = other.player;
    this.board.set(other.board);
    this.heights.set(other.heights);
    this.discs = other.discs;
    this.last = other.last;
  }

  /** The column at a place of the board, where it is not full. */
  actionAt(x: number, y: number): number {
    if (this.terminated || x < 0 || y < 0 || x >= COLUMNS || y >= ROWS + 1) return -1;
    const column = Math.floor(x);
    return this.heights[column] < ROWS ? column : -1;
  }

  draw(canvas: Canvas): void {
    canvas.background(BEHIND);
    canvas.rect(0, 1, COLUMNS, ROWS, WALL_EDGE);
    canvas.rect(0.05, 1.05, COLUMNS - 0.1, ROWS - 0.1, WALL);
    for (let column = 0; column < COLUMNS; column++) {
      const x = column + 0.5;
      for (let row = 0; row < ROWS; row++) {
        drawHole(canvas, x, row + 1.5, this.board[cellAt(column, row)]);
      }
      const open = !this.terminated && this.heights[column] < ROWS;
      if (open) canvas.circle(x, 0.6, 0.16, DISCS[this.player], 0.7);
    }
    if (this.last < 0) return;
    const [x, y] = placeOf(this.last);
    canvas.circle(x, y, 0.13, DOTS[this.board[this.last] - 1]);
    this.drawWinningLines(canvas);
  }

  /** Whether the disc at `cell` completes four in a row. */
  private winsAt(cell: number): boolean {
    for (let i = 0; i < 4; i++) {
      if (runThrough(this.board, cell, STEPS[i]) >= IN_A_ROW) return true;
    }
    return false;
  }

  private drawWinningLines(canvas: Canvas): void {
    for (let i = 0; i < 4; i++) {
      const after = stonesBeyond(this.board, this.last, STEPS[i]);
      const before = stonesBeyond(this.board, this.last, -STEPS[i]);
      if (1 + after + before < IN_A_ROW) continue;
      const [x1, y1] = placeOf(this.last - before * STEPS[i]);
      const [x2, y2] = placeOf(this.last + after * STEPS[i]);
      canvas.line(x1, y1, x2, y2, 0.12, LINE);
    }
  }
}

/** Index in `board`; columns from the left, rows from the top. */
function cellAt(column: number, row: number): number {
  return (row + 1) * STRIDE + column + 1;
}

/** The middle of a cell of `board`, in board units. */
function placeOf(cell: number): [number, number] {
  return [(cell % STRIDE) - 0.5, Math.floor(cell / STRIDE) + 0.5];
}

/** A hole of the wall and what one sees in it. */
function drawHole(canvas: Canvas, x: number, y: number, disc: number): void {
  if (disc === 0) {
    canvas.circle(x, y, 0.43, WALL_EDGE);
    canvas.circle(x, y, 0.39, BEHIND);
    return;
  }
  canvas.circle(x, y, 0.43, RIMS[disc - 1]);
  canvas.circle(x, y, 0.37, DISCS[disc - 1]);
}

/** Connect Four: four in a row, with discs that fall. */
export const connectFour: GameDefinition = defineGame(() => new ConnectFour());
