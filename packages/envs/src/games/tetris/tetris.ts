/**
 * Tetris on a board of 10 x 20 cells, pieces in bags of seven, as in today's guideline.
 *
 * Actions: 0 nothing, 1 left, 2 right, 3 turn clockwise, 4 turn counterclockwise, 5 soft drop (one row),
 * 6 hard drop. After every third decision the piece falls a row by itself. A turn that does not fit is
 * tried one and two columns to either side and one row up; a piece that cannot fall locks at once.
 * Observation, 407 numbers: the board by rows from the top (1 where a cell is filled), the falling piece
 * in the same way, and seven flags for the piece that comes next.
 * Reward: 1, 3, 5 or 8 for one, two, three or four rows completed at once.
 * Start: an empty board. End: a new piece does not fit.
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
import { nextBelow, seedRandom } from "../../random.js";

const COLUMNS = 10;
const ROWS = 20;
const CELLS = COLUMNS * ROWS;
const PIECES = 7;
const FALL_EVERY = 3;
const SIZE = 2 * CELLS + PIECES;
const REWARDS = Uint8Array.of(0, 1, 3, 5, 8);
/** I O T S Z J L: the cells of each piece in a box of 4 x 4, as bits by rows, for its four turns. */
const SHAPES = Uint16Array.of(
  ...turns("....####........", 4),
  ...turns(".##..##.........", 2),
  ...turns(".#..###.........", 3),
  ...turns(".##.##..........", 3),
  ...turns("##...##.........", 3),
  ...turns("#...###.........", 3),
  ...turns("..#.###.........", 3),
);
const COLORS = Uint32Array.of(
  0x171b27,
  0x5ad1ff,
  0xf2c14e,
  0xb07cff,
  0x4cc38a,
  0xd1495b,
  0x4f7cff,
  0xf5824a,
);

/** Four turns of a picture of 16 cells, each clockwise within its `side` x `side` corner (2: never). */
function turns(picture: string, side: number): number[] {
  const masks: number[] = [];
  let cells = [...picture].map((cell) => cell === "#");
  for (let turn = 0; turn < 4; turn++) {
    masks.push(cells.reduce((mask, filled, i) => (filled ? mask | (1 << i) : mask), 0));
    if (side === 2) continue;
    const before = cells;
    cells = before.map((_, i) => {
      const [x, y] = [i % 4, Math.floor(i / 4)];
      return x < side && y < side && before[(side - 1 - x) * 4 + y];
    });
  }
  return masks;
}

const facts = {
  id: "tetris",
  title: "Tetris",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = {
  id: facts.id,
  variant: facts.defaultVariant,
  version: 1,
  title: facts.title,
  actions: {
    kind: "discrete",
    names: ["nothing", "left", "right", "turn right", "turn left", "soft drop", "hard drop"],
  },
  observation: {
    size: SIZE,
    shape: [SIZE],
    whole: true,
    low: new Array<number>(SIZE).fill(0),
    high: new Array<number>(SIZE).fill(1),
  },
  board: { width: COLUMNS + 5, height: ROWS },
  decisionsPerSecond: 15,
  maxSteps: 20_000,
  keys: {
    ArrowLeft: 1,
    KeyA: 1,
    ArrowRight: 2,
    KeyD: 2,
    ArrowUp: 3,
    KeyW: 3,
    KeyX: 3,
    KeyZ: 4,
    ArrowDown: 5,
    KeyS: 5,
    Space: 6,
  },
};

export class Tetris implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** By rows from the top: 0 empty, else the number of the piece + 1. */
  readonly board: Uint8Array = new Uint8Array(CELLS);
  /** Which piece falls (0 to 6), its turn, and the top left corner of its box. */
  piece = 0;
  turn = 0;
  x = 0;
  y = 0;
  next = 0;
  /** Pieces of the bag that are still to come, the first `bagLeft` of them. */
  readonly bag: Uint8Array = new Uint8Array(PIECES);
  bagLeft = 0;
  ticks = 0;
  lines = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.board.fill(0);
    this.bagLeft = 0;
    this.ticks = 0;
    this.lines = 0;
    this.next = this.drawPiece();
    this.newPiece();
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.ticks += 1;
    if (action === 1) this.move(-1);
    if (action === 2) this.move(1);
    if (action === 3) this.rotate(1);
    if (action === 4) this.rotate(3);
    const falls = action === 5 || this.ticks % FALL_EVERY === 0;
    if (action === 6) {
      while (this.fits(this.turn, this.x, this.y + 1)) this.y += 1;
      return this.lock();
    }
    if (!falls) return 0;
    if (!this.fits(this.turn, this.x, this.y + 1)) return this.lock();
    this.y += 1;
    return 0;
  }

  observe(out: Float32Array, at: number): void {
    for (let cell = 0; cell < CELLS; cell++) {
      out[at + cell] = this.board[cell] > 0 ? 1 : 0;
      out[at + CELLS + cell] = 0;
    }
    const mask = SHAPES[4 * this.piece + this.turn];
    for (let i = 0; i < 16; i++) {
      const y = this.y + (i >> 2);
      if (((mask >> i) & 1) === 0 || y < 0) continue;
      out[at + CELLS + y * COLUMNS + this.x + (i & 3)] = 1;
    }
    for (let piece = 0; piece < PIECES; piece++) {
      out[at + 2 * CELLS + piece] = piece === this.next ? 1 : 0;
    }
  }

  draw(canvas: Canvas): void {
    canvas.background(0x10131c);
    canvas.rect(0, 0, COLUMNS, ROWS, COLORS[0]);
    for (let cell = 0; cell < CELLS; cell++) {
      if (this.board[cell] === 0) continue;
      const color = COLORS[this.board[cell]];
      canvas.rect((cell % COLUMNS) + 0.04, Math.floor(cell / COLUMNS) + 0.04, 0.92, 0.92, color);
    }
    drawPiece(canvas, this.piece, this.turn, this.x, this.y);
    drawPiece(canvas, this.next, 0, COLUMNS + 0.7, 2);
    canvas.digits(COLUMNS + 0.7, 7, 1.4, this.lines, 0x8b93a8);
  }

  private fits(turn: number, x: number, y: number): boolean {
    const mask = SHAPES[4 * this.piece + turn];
    for (let i = 0; i < 16; i++) {
      if (((mask >> i) & 1) === 0) continue;
      const column = x + (i & 3);
      const row = y + (i >> 2);
      if (column < 0 || column >= COLUMNS || row >= ROWS) return false;
      if (row >= 0 && this.board[row * COLUMNS + column] > 0) return false;
    }
    return true;
  }

  private move(columns: number): void {
    if (this.fits(this.turn, this.x + columns, this.y)) this.x += columns;
  }

  private rotate(quarters: number): void {
    const turn = (this.turn + quarters) % 4;
    for (let attempt = 0; attempt < 6; attempt++) {
      const dx = attempt === 1 || attempt === 5 ? -1 : attempt === 2 ? 1 : 0;
      const wide = attempt === 3 ? -2 : attempt === 4 ? 2 : dx;
      const dy = attempt === 5 ? -1 : 0;
      if (!this.fits(turn, this.x + wide, this.y + dy)) continue;
      this.turn = turn;
      this.x += wide;
      this.y += dy;
      return;
    }
  }

  /** The piece becomes part of the board; returns the reward of the rows that it completes. */
  private lock(): number {
    const mask = SHAPES[4 * this.piece + this.turn];
    for (let i = 0; i < 16; i++) {
      const row = this.y + (i >> 2);
      if (((mask >> i) & 1) === 0 || row < 0) continue;
      this.board[row * COLUMNS + this.x + (i & 3)] = this.piece + 1;
    }
    const full = this.removeFullRows();
    this.lines += full;
    this.newPiece();
    return REWARDS[full];
  }

  private removeFullRows(): number {
    let removed = 0;
    for (let row = ROWS - 1; row >= 0; row--) {
      let filled = 0;
      for (let x = 0; x < COLUMNS; x++) if (this.board[row * COLUMNS + x] > 0) filled += 1;
      if (filled === COLUMNS) removed += 1;
      else if (removed > 0) this.copyRow(row, row + removed);
    }
    for (let cell = 0; cell < removed * COLUMNS; cell++) this.board[cell] = 0;
    return removed;
  }

  private copyRow(from: number, to: number): void {
    for (let x = 0; x < COLUMNS; x++) {
      this.board[to * COLUMNS + x] = this.board[from * COLUMNS + x];
    }
  }

  private newPiece(): void {
    this.piece = this.next;
    this.next = this.drawPiece();
    this.turn = 0;
    this.x = 3;
    this.y = this.piece === 0 ? -1 : 0;
    this.terminated = !this.fits(this.turn, this.x, this.y);
  }

  /** The next piece out of the bag, which is filled anew with one of each when it is empty. */
  private drawPiece(): number {
    if (this.bagLeft === 0) {
      for (let piece = 0; piece < PIECES; piece++) this.bag[piece] = piece;
      this.bagLeft = PIECES;
    }
    const pick = nextBelow(this.random, this.bagLeft);
    const piece = this.bag[pick];
    this.bagLeft -= 1;
    this.bag[pick] = this.bag[this.bagLeft];
    this.bag[this.bagLeft] = 0;
    return piece;
  }
}

function drawPiece(canvas: Canvas, piece: number, turn: number, x: number, y: number): void {
  const mask = SHAPES[4 * piece + turn];
  for (let i = 0; i < 16; i++) {
    const row = y + (i >> 2);
    if (((mask >> i) & 1) === 0 || row < 0) continue;
    canvas.rect(x + (i & 3) + 0.04, row + 0.04, 0.92, 0.92, COLORS[piece + 1]);
  }
}

/** Tetris: complete rows. */
export const tetris: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new Tetris();
  },
};
