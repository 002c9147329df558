/**
 * Gomoku, free style: five or more of one's own stones in a row, column or diagonal. Six and more in a
 * row win too, and no move is forbidden to either player.
 *
 * Variants: `15` (15 x 15 crossings) and `9` (9 x 9).
 * Players: 0 (black, begins) and 1 (white) in turn.
 * Actions: the crossings by rows from the top; free ones only. Named A15 to O1, rows numbered from below.
 * Observation, [side, side, 4] zeros and ones as the player to move sees them: own stones, the other's
 * stones, the last stone, and a plane that is 1 everywhere if black is to move.
 * Reward, to the player who has just moved: 1 for a win, 0 otherwise, also for a draw; a crossing that
 * is taken loses at once, -1. The other player's reward is the opposite.
 * Start: an empty board. End: five in a row, a full board (a draw), or a move that is not allowed.
 * Version history: 1, the first.
 */
import {
  assertRunning,
  type Canvas,
  chooseVariant,
  type Game,
  type GameDefinition,
  type GameSpec,
} from "../../game.js";
import { boardSpec, pointNames, runThrough, stonesBeyond } from "../boards/boards.js";
import { DOTS, drawDot, drawStone, drawWood } from "../boards/wood.js";

const IN_A_ROW = 5;
const PLANES = 4;

const facts = {
  id: "gomoku",
  title: "Gomoku",
  variants: ["15", "9"],
  defaultVariant: "15",
} as const;

function specOf(variant: string): GameSpec {
  const side = Number(variant);
  return boardSpec({
    id: facts.id,
    variant,
    title: facts.title,
    actions: pointNames(side, "ABCDEFGHIJKLMNO"),
    rows: side,
    columns: side,
    planes: PLANES,
    maxSteps: side * side,
  });
}

export class Gomoku implements Game {
  readonly spec: GameSpec;
  /** Crossings along each side of the board. */
  readonly side: number;
  terminated = true;
  player = 0;
  /**
   * 0 empty, else the player + 1, by rows from the top; empty cells all around it as a border, one
   * per row and a row above and below.
   */
  readonly board: Uint8Array;
  stones = 0;
  /** Action of the last stone; -1 before the first. */
  last = -1;

  constructor(variant: string) {
    this.spec = specOf(variant);
    this.side = this.spec.board.width;
    this.board = new Uint8Array((this.side + 1) * (this.side + 2) + 1);
  }

  /** There is no chance in this game. */
  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
    this.player = 0;
    this.board.fill(0);
    this.stones = 0;
    this.last = -1;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const mover = this.player;
    this.player = 1 - mover;
    const cell = this.cellOf(action);
    if (this.board[cell] !== 0) {
      this.terminated = true;
      return -1;
    }
    this.board[cell] = mover + 1;
    this.stones += 1;
    this.last = action;
    const won = this.winsAt(cell);
    this.terminated = won || this.stones === this.side * this.side;
    return won ? 1 : 0;
  }

  legal(out: Uint8Array): void {
    let action = 0;
    for (let row = 0; row < this.side; row++) {
      const first = this.cellOf(row * this.side);
      for (let cell = first; cell < first + this.side; cell++) {
        out[action] = !this.terminated && this.board[cell] === 0 ? 1 : 0;
        action += 1;
      }
    }
  }

  observe(out: Float32Array, at: number): void {
    const own = this.player + 1;
    const black = this.player === 0 ? 1 : 0;
    let to = at;
    for (let row = 0; row < this.side; row++) {
      const first = this.cellOf(row * this.side);
      for (let cell = first; cell < first + this.side; cell++) {
        const stone = this.board[cell];
        out[to] = stone === own ? 1 : 0;
        out[to + 1] = stone === 3 - own ? 1 : 0;
        out[to + 2] = 0;
        out[to + 3] = black;
        to += PLANES;
      }
    }
    if (this.last >= 0) out[at + PLANES * this.last + 2] = 1;
  }

  copyFrom(other: Gomoku): void {
    this.terminated = other.terminated;
    this.player = other.player;
    this.board.set(other.board);
    this.stones = other.stones;
    this.last = other.last;
  }

  /** The crossing next to a place of the board, where it is free. */
  actionAt(x: number, y: number): number {
    if (this.terminated || x < 0 || y < 0 || x >= this.side || y >= this.side) return -1;
    const action = Math.floor(y) * this.side + Math.floor(x);
    return this.board[this.cellOf(action)] === 0 ? action : -1;
  }

  draw(canvas: Canvas): void {
    drawWood(canvas, this.side);
    for (let action = 0; action < this.side * this.side; action++) {
      const stone = this.board[this.cellOf(action)];
      if (stone === 0) continue;
      const [x, y] = this.placeOf(action);
      drawStone(canvas, x, y, stone - 1);
    }
    if (this.last < 0) return;
    const [x, y] = this.placeOf(this.last);
    drawDot(canvas, x, y, this.board[this.cellOf(this.last)] - 1);
    this.drawWinningLines(canvas);
  }

  /** Index in `board`. */
  private cellOf(action: number): number {
    return action + this.side + 2 + Math.floor(action / this.side);
  }

  /** The crossing in board units. */
  private placeOf(action: number): [number, number] {
    return [(action % this.side) + 0.5, Math.floor(action / this.side) + 0.5];
  }

  /** From a cell to the next one of a line: right, down left, down, down right. */
  private strideOf(line: number): number {
    return line === 0 ? 1 : this.side + line - 1;
  }

  /** Whether the stone at `cell` completes five in a row. */
  private winsAt(cell: number): boolean {
    for (let line = 0; line < 4; line++) {
      if (runThrough(this.board, cell, this.strideOf(line)) >= IN_A_ROW) return true;
    }
    return false;
  }

  private drawWinningLines(canvas: Canvas): void {
    const cell = this.cellOf(this.last);
    const [x, y] = this.placeOf(this.last);
    for (let line = 0; line < 4; line++) {
      const stride = this.strideOf(line);
      const after = stonesBeyond(this.board, cell, stride);
      const before = stonesBeyond(this.board, cell, -stride);
      if (1 + after + before < IN_A_ROW) continue;
      const dx = line === 0 ? 1 : line - 2;
      const dy = line === 0 ? 0 : 1;
      const color = DOTS[this.board[cell] - 1];
      canvas.line(x - before * dx, y - before * dy, x + after * dx, y + after * dy, 0.1, color);
    }
  }
}

/** Gomoku: five in a row on a large board. */
export const gomoku: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    return new Gomoku(chooseVariant(facts, variant));
  },
};
