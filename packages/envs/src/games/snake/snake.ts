/**
 * Snake on a board of 10 x 10 cells: eat, grow, and run into nothing.
 *
 * Actions: 0 up, 1 right, 2 down, 3 left; the direction opposite to the snake's is ignored.
 * Observation, 10 x 10 cells by rows from the top with 4 values each: head, body (from 1 at the head's end
 * down to 0 behind the tail, by the time a cell stays occupied), food, and the cell before the head.
 * Reward: 1 for each food. Start: three cells long in the middle, heading right, food at random.
 * End: the snake runs into the wall or itself (the cell that its tail just leaves is free), has eaten
 * nothing for 200 decisions, or fills the board.
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

const SIDE = 10;
const CELLS = SIDE * SIDE;
const FIRST_LENGTH = 3;
const HUNGER = 200;

const facts = {
  id: "snake",
  title: "Snake",
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
    size: 4 * CELLS,
    shape: [SIDE, SIDE, 4],
    low: new Array<number>(4 * CELLS).fill(0),
    high: new Array<number>(4 * CELLS).fill(1),
  },
  board: { width: SIDE, height: SIDE },
  decisionsPerSecond: 8,
  maxSteps: 5000,
  maxScore: CELLS - FIRST_LENGTH,
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
  idle: "last",
};

export class Snake implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** For how many more decisions each cell is occupied: `length` at the head, 0 where it is free. */
  readonly body: Int32Array = new Int32Array(CELLS);
  headX = 0;
  headY = 0;
  /** 0 up, 1 right, 2 down, 3 left. */
  direction = 1;
  length = 0;
  /** Cell of the food; -1 when the board is full. */
  food = 0;
  hunger = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.body.fill(0);
    this.length = FIRST_LENGTH;
    this.headX = SIDE / 2;
    this.headY = SIDE / 2;
    this.direction = 1;
    this.hunger = 0;
    for (let i = 0; i < FIRST_LENGTH; i++) {
      this.body[this.headY * SIDE + this.headX - i] = FIRST_LENGTH - i;
    }
    this.placeFood();
  }

  step(action: number): number {
    assertRunning(this.terminated);
    if (action !== (this.direction + 2) % 4) this.direction = action;
    this.headX += this.direction === 1 ? 1 : this.direction === 3 ? -1 : 0;
    this.headY += this.direction === 2 ? 1 : this.direction === 0 ? -1 : 0;
    this.hunger += 1;
    if (this.headX < 0 || this.headX >= SIDE || this.headY < 0 || this.headY >= SIDE) {
      this.headX = Math.max(0, Math.min(SIDE - 1, this.headX));
      this.headY = Math.max(0, Math.min(SIDE - 1, this.headY));
      this.terminated = true;
      return 0;
    }
    const head = this.headY * SIDE + this.headX;
    const eats = head === this.food;
    if (!eats) this.shorten();
    this.terminated = this.body[head] > 0 || this.hunger >= HUNGER;
    if (eats) this.length += 1;
    this.body[head] = this.length;
    if (!eats) return 0;
    this.hunger = 0;
    this.placeFood();
    return 1;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + 4 * CELLS);
    out[at + 4 * (this.headY * SIDE + this.headX)] = 1;
    for (let cell = 0; cell < CELLS; cell++) {
      out[at + 4 * cell + 1] = this.body[cell] / this.length;
    }
    if (this.food >= 0) out[at + 4 * this.food + 2] = 1;
    const x = this.headX + (this.direction === 1 ? 1 : this.direction === 3 ? -1 : 0);
    const y = this.headY + (this.direction === 2 ? 1 : this.direction === 0 ? -1 : 0);
    if (x >= 0 && x < SIDE && y >= 0 && y < SIDE) out[at + 4 * (y * SIDE + x) + 3] = 1;
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    for (let cell = 0; cell < CELLS; cell++) {
      if (this.body[cell] === 0) continue;
      const fade = 0.45 + (0.55 * this.body[cell]) / this.length;
      canvas.rect((cell % SIDE) + 0.06, Math.floor(cell / SIDE) + 0.06, 0.88, 0.88, 0x4cc38a, fade);
    }
    if (this.food >= 0) {
      canvas.circle((this.food % SIDE) + 0.5, Math.floor(this.food / SIDE) + 0.5, 0.32, 0xd1495b);
    }
    canvas.circle(this.headX + 0.5, this.headY + 0.5, 0.18, 0xffffff);
  }

  /** Every cell is occupied one decision less; the tail's becomes free. */
  private shorten(): void {
    for (let cell = 0; cell < CELLS; cell++) {
      if (this.body[cell] > 0) this.body[cell] -= 1;
    }
  }

  /** Food in a free cell at random; without one the game is won. */
  private placeFood(): void {
    const free = CELLS - this.length;
    if (free === 0) {
      this.food = -1;
      this.terminated = true;
      return;
    }
    let left = nextBelow(this.random, free);
    let cell = 0;
    while (this.body[cell] > 0 || left > 0) {
      if (this.body[cell] === 0) left -= 1;
      cell += 1;
    }
    this.food = cell;
  }
}

/** Snake: eat, grow, and run into nothing. */
export const snake: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new Snake();
  },
};
