/**
 * Tic-tac-toe: three of one's own marks in a row, column or diagonal of a board of 3 x 3 cells.
 *
 * Players: 0 (crosses, begins) and 1 (noughts) in turn.
 * Actions: 0 to 8, the cells by rows from the top; free cells only. Keys: 1 to 9 in that order, or the
 * number pad as it lies.
 * Observation, [3, 3, 2] zeros and ones as the player to move sees them: own marks, the other's marks.
 * Reward, to the player who has just moved: 1 for a win, 0 otherwise, also for a draw; a cell that is
 * taken loses at once, -1. The other player's reward is the opposite.
 * Start: an empty board. End: three in a row, a full board (a draw), or a move that is not allowed.
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
import { boardSpec } from "../boards/boards.js";

const SIDE = 3;
const CELLS = SIDE * SIDE;
const FULL = (1 << CELLS) - 1;
/** The eight lines of three, one bit per cell. */
const LINES = Uint16Array.of(
  0b000000111,
  0b000111000,
  0b111000000,
  0b001001001,
  0b010010010,
  0b100100100,
  0b100010001,
  0b001010100,
);
/** For every set of cells, one bit per cell: 1 where it holds a line of three. */
const HOLDS_LINE = Uint8Array.from({ length: FULL + 1 }, (_, cells) =>
  LINES.some((line) => (cells & line) === line) ? 1 : 0,
);
const BOARD = 0xe3c08a;
const GRID = 0x8a6434;
const FRESH = 0xf3dcb0;
const WON = 0xcfe3a4;
const MARKS = Uint32Array.of(0x23395b, 0xc0432f);

const spec: GameSpec = boardSpec({
  id: "tictactoe",
  variant: "classic",
  title: "Tic-tac-toe",
  actions: ["top left", "top", "top right", "left", "centre", "right"].concat([
    "bottom left",
    "bottom",
    "bottom right",
  ]),
  rows: SIDE,
  columns: SIDE,
  planes: 2,
  maxSteps: CELLS,
  keys: keysOfCells(),
});

/** Digits by rows from the top; on the number pad 7 is top left, as it lies. */
function keysOfCells(): Record<string, number> {
  const keys: Record<string, number> = {};
  for (let cell = 0; cell < CELLS; cell++) {
    const [row, column] = [Math.floor(cell / SIDE), cell % SIDE];
    keys[`Digit${cell + 1}`] = cell;
    keys[`Numpad${(SIDE - 1 - row) * SIDE + column + 1}`] = cell;
  }
  return keys;
}

export class TicTacToe implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  player = 0;
  /** The cells taken by each player, one bit per cell. */
  readonly taken: Uint16Array = new Uint16Array(2);
  /** Cell of the last mark; -1 before the first. */
  last = -1;

  /** There is no chance in this game. */
  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
    this.player = 0;
    this.taken.fill(0);
    this.last = -1;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const mover = this.player;
    this.player = 1 - mover;
    const all = this.taken[0] | this.taken[1];
    const cell = 1 << action;
    if ((all & cell) !== 0) {
      this.terminated = true;
      return -1;
    }
    this.taken[mover] |= cell;
    this.last = action;
    const won = HOLDS_LINE[this.taken[mover]];
    this.terminated = won === 1 || (all | cell) === FULL;
    return won;
  }

  legal(out: Uint8Array): void {
    const free = this.terminated ? 0 : ~(this.taken[0] | this.taken[1]);
    for (let cell = 0; cell < CELLS; cell++) out[cell] = (free >> cell) & 1;
  }

  observe(out: Float32Array, at: number): void {
    const own = this.taken[this.player];
    const other = this.taken[1 - this.player];
    for (let cell = 0; cell < CELLS; cell++) {
      out[at + 2 * cell] = (own >> cell) & 1;
      out[at + 2 * cell + 1] = (other >> cell) & 1;
    }
  }

  copyFrom(other: TicTacToe): void {
    this.terminated = other.terminated;
    this.player = other.player;
    this.taken.set(other.taken);
    this.last = other.last;
  }

  /** The cell at a place of the board, where it is free. */
  actionAt(x: number, y: number): number {
    if (this.terminated || x < 0 || y < 0 || x >= SIDE || y >= SIDE) return -1;
    const cell = Math.floor(y) * SIDE + Math.floor(x);
    return (((this.taken[0] | this.taken[1]) >> cell) & 1) === 0 ? cell : -1;
  }

  draw(canvas: Canvas): void {
    canvas.background(BOARD);
    const won = wonCells(this.taken[0]) | wonCells(this.taken[1]);
    for (let cell = 0; cell < CELLS; cell++) {
      const [x, y] = [cell % SIDE, Math.floor(cell / SIDE)];
      if (((won >> cell) & 1) === 1) canvas.rect(x, y, 1, 1, WON);
      else if (cell === this.last) canvas.rect(x, y, 1, 1, FRESH);
      if (((this.taken[0] >> cell) & 1) === 1) drawCross(canvas, x, y);
      if (((this.taken[1] >> cell) & 1) === 1) {
        canvas.circle(x + 0.5, y + 0.5, 0.33, MARKS[1]);
        canvas.circle(x + 0.5, y + 0.5, 0.22, cell === this.last ? FRESH : BOARD);
        if (((won >> cell) & 1) === 1) canvas.circle(x + 0.5, y + 0.5, 0.22, WON);
      }
    }
    for (let i = 1; i < SIDE; i++) {
      canvas.line(i, 0.08, i, SIDE - 0.08, 0.05, GRID);
      canvas.line(0.08, i, SIDE - 0.08, i, 0.05, GRID);
    }
  }
}

/** The cells of all lines of three within a set of cells. */
function wonCells(cells: number): number {
  let won = 0;
  for (let i = 0; i < LINES.length; i++) if ((cells & LINES[i]) === LINES[i]) won |= LINES[i];
  return won;
}

function drawCross(canvas: Canvas, x: number, y: number): void {
  canvas.line(x + 0.22, y + 0.22, x + 0.78, y + 0.78, 0.12, MARKS[0]);
  canvas.line(x + 0.78, y + 0.22, x + 0.22, y + 0.78, 0.12, MARKS[0]);
}

/** Tic-tac-toe: three in a row. */
export const ticTacToe: GameDefinition = defineGame(() => new TicTacToe());
