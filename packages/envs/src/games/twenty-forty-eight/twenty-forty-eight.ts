/**
 * 2048 (Gabriele Cirulli, 2014): slide all tiles of a 4 x 4 board to one side; equal tiles that meet
 * become one of twice the value.
 *
 * Actions: 0 up, 1 right, 2 down, 3 left. A move that changes nothing passes: no new tile appears.
 * Observation, 4 x 4 cells by rows from the top with 16 values each: value 0 for the empty cells, value k
 * for the tiles of 2^k (the last 2^15 and more).
 * Reward: the values of the tiles made by the move. Start: two tiles. After each move a tile appears in
 * a free cell at random, 2 with probability 0.9, else 4.
 * End: no move changes anything, or 100 moves in a row changed nothing.
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
import { nextBelow, nextFloat, seedRandom } from "../../random.js";

const SIDE = 4;
const CELLS = SIDE * SIDE;
const PLANES = 16;
const MOST_PASSES = 100;
/** Colours of the tiles 2, 4, 8, ... */
const COLORS = Uint32Array.of(
  0x3c4257,
  0xd9cfc1,
  0xd8c7a3,
  0xf2b179,
  0xf59563,
  0xf67c5f,
  0xf65e3b,
  0xedcf72,
  0xedcc61,
  0xedc850,
  0xedc53f,
  0xedc22e,
  0x7bc96f,
  0x4cc38a,
  0x5ad1ff,
  0x8b7bff,
);

const facts = {
  id: "2048",
  title: "2048",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = {
  id: facts.id,
  variant: facts.defaultVariant,
  version: 1,
  title: facts.title,
  actions: { kind: "discrete", names: ["up", "right", "down", "left"] },
  observation: {
    size: PLANES * CELLS,
    shape: [SIDE, SIDE, PLANES],
    whole: true,
    low: new Array<number>(PLANES * CELLS).fill(0),
    high: new Array<number>(PLANES * CELLS).fill(1),
  },
  board: { width: SIDE, height: SIDE },
  decisionsPerSecond: 5,
  maxSteps: 20_000,
  keys: {
    ArrowUp: 0,
    KeyW: 0,
    ArrowRight: 1,
    KeyD: 1,
    ArrowDown: 2,
    KeyS: 2,
    ArrowLeft: 3,
    KeyA: 3,
  },
  waits: true,
};

export class TwentyFortyEight implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** By rows: 0 empty, k the tile 2^k. */
  readonly tiles: Uint8Array = new Uint8Array(CELLS);
  /** Moves in a row that changed nothing. */
  passes = 0;
  /** Whether the move under way has changed anything. */
  changed = false;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.passes = 0;
    this.changed = false;
    this.tiles.fill(0);
    this.addTile();
    this.addTile();
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.changed = false;
    let reward = 0;
    for (let line = 0; line < SIDE; line++) reward += this.slide(action, line);
    this.passes = this.changed ? 0 : this.passes + 1;
    if (this.changed) this.addTile();
    this.terminated = this.passes >= MOST_PASSES || !this.canMove();
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + PLANES * CELLS);
    for (let cell = 0; cell < CELLS; cell++) {
      out[at + cell * PLANES + Math.min(PLANES - 1, this.tiles[cell])] = 1;
    }
  }

  draw(canvas: Canvas): void {
    canvas.background(0x24283a);
    for (let cell = 0; cell < CELLS; cell++) {
      const x = cell % SIDE;
      const y = Math.floor(cell / SIDE);
      const tile = this.tiles[cell];
      canvas.rect(x + 0.05, y + 0.05, 0.9, 0.9, COLORS[Math.min(COLORS.length - 1, tile)]);
      if (tile === 0) continue;
      const value = powerOfTwo(tile);
      const digits = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 10000 ? 4 : 5;
      const height = digits < 3 ? 0.4 : digits < 4 ? 0.32 : 0.22;
      const width = digits * height * 0.75;
      canvas.digits(x + 0.5 - width / 2, y + 0.5 - height / 2, height, value, 0x24292f);
    }
  }

  /** Place `i` of a line, counted from the side that tiles slide to. */
  private cellOf(action: number, line: number, i: number): number {
    if (action === 0) return i * SIDE + line;
    if (action === 1) return line * SIDE + SIDE - 1 - i;
    if (action === 2) return (SIDE - 1 - i) * SIDE + line;
    return line * SIDE + i;
  }

  /** Slides one line and returns the values of the tiles made. */
  private slide(action: number, line: number): number {
    let made = 0;
    let to = 0;
    let last = 0;
    for (let i = 0; i < SIDE; i++) {
      const from = this.cellOf(action, line, i);
      const tile = this.tiles[from];
      if (tile === 0) continue;
      this.tiles[from] = 0;
      if (tile === last) {
        const target = this.cellOf(action, line, to - 1);
        this.tiles[target] = tile + 1;
        made += powerOfTwo(tile + 1);
        last = 0;
        this.changed = true;
        continue;
      }
      const target = this.cellOf(action, line, to);
      this.tiles[target] = tile;
      if (target !== from) this.changed = true;
      last = tile;
      to += 1;
    }
    return made;
  }

  private canMove(): boolean {
    for (let cell = 0; cell < CELLS; cell++) {
      const tile = this.tiles[cell];
      if (tile === 0) return true;
      if (cell % SIDE < SIDE - 1 && this.tiles[cell + 1] === tile) return true;
      if (cell < CELLS - SIDE && this.tiles[cell + SIDE] === tile) return true;
    }
    return false;
  }

  private addTile(): void {
    let free = 0;
    for (let cell = 0; cell < CELLS; cell++) if (this.tiles[cell] === 0) free += 1;
    let left = nextBelow(this.random, free);
    let cell = 0;
    while (this.tiles[cell] > 0 || left > 0) {
      if (this.tiles[cell] === 0) left -= 1;
      cell += 1;
    }
    this.tiles[cell] = nextFloat(this.random) < 0.9 ? 1 : 2;
  }
}

function powerOfTwo(tile: number): number {
  let value = 1;
  for (let k = 0; k < tile; k++) value *= 2;
  return value;
}

/** 2048: slide equal tiles together. */
export const twentyFortyEight: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new TwentyFortyEight();
  },
};
