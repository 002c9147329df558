/**
 * FrozenLake, by the rules of Gymnasium's FrozenLake-v1: cross a frozen lake from the top left to the
 * bottom right without falling into a hole.
 *
 * Variants: `slippery` and `slippery-8x8` (the ice takes the walker in the direction meant or to either
 * side of it, a third each), `dry` and `dry-8x8` (he goes where he means to).
 * Actions: 0 left, 1 down, 2 right, 3 up; at the edge he stays.
 * Observation: the cells by rows from the top, 1 where the walker is, else 0.
 * Reward: 1 at the goal, else 0. Start: top left. End: a hole or the goal.
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

const facts = {
  id: "frozenlake",
  title: "FrozenLake",
  variants: ["slippery", "slippery-8x8", "dry", "dry-8x8"],
  defaultVariant: "slippery",
} as const;

/** S start, F ice, H hole, G goal. */
const SMALL = "SFFFFHFHFFFHHFFG";
const LARGE = "SFFFFFFFFFFFFFFFFFFHFFFFFFFFFHFFFFFHFFFFFHHFFFHFFHFFHFHFFFFHFFFG";
const HOLE = 1;
const GOAL = 2;

function specOf(variant: string): GameSpec {
  const size = variant.endsWith("8x8") ? 8 : 4;
  const cells = size * size;
  return {
    id: facts.id,
    variant,
    version: 1,
    title: facts.title,
    actions: { kind: "discrete", names: ["left", "down", "right", "up"] },
    observation: {
      size: cells,
      shape: [size, size],
      low: new Array<number>(cells).fill(0),
      high: new Array<number>(cells).fill(1),
    },
    board: { width: size, height: size },
    decisionsPerSecond: 5,
    maxSteps: size === 8 ? 200 : 100,
    maxScore: 1,
    keys: {
      ArrowUp: 3,
      KeyW: 3,
      ArrowRight: 2,
      KeyD: 2,
      ArrowDown: 1,
      KeyS: 1,
      ArrowLeft: 0,
      KeyA: 0,
    },
    waits: true,
  };
}

export class FrozenLake implements Game {
  readonly spec: GameSpec;
  readonly size: number;
  readonly slippery: boolean;
  /** By rows: 0 ice, 1 hole, 2 goal. */
  readonly lake: Uint8Array;
  terminated = true;
  row = 0;
  column = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  constructor(variant: string) {
    this.spec = specOf(variant);
    this.size = this.spec.board.width;
    this.slippery = variant.startsWith("slippery");
    const map = this.size === 8 ? LARGE : SMALL;
    this.lake = Uint8Array.from(map, (cell) => (cell === "H" ? HOLE : cell === "G" ? GOAL : 0));
  }

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.row = 0;
    this.column = 0;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const slip = this.slippery ? nextBelow(this.random, 3) - 1 : 0;
    const direction = (action + slip + 4) % 4;
    const last = this.size - 1;
    if (direction === 0) this.column = Math.max(0, this.column - 1);
    if (direction === 1) this.row = Math.min(last, this.row + 1);
    if (direction === 2) this.column = Math.min(last, this.column + 1);
    if (direction === 3) this.row = Math.max(0, this.row - 1);
    const cell = this.lake[this.row * this.size + this.column];
    this.terminated = cell !== 0;
    return cell === GOAL ? 1 : 0;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + this.size * this.size);
    out[at + this.row * this.size + this.column] = 1;
  }

  draw(canvas: Canvas): void {
    canvas.background(0xcfe8f5);
    for (let i = 0; i < this.size * this.size; i++) {
      const x = i % this.size;
      const y = Math.floor(i / this.size);
      if (this.lake[i] === HOLE) canvas.circle(x + 0.5, y + 0.5, 0.4, 0x1d3b53);
      if (this.lake[i] === GOAL) canvas.rect(x + 0.25, y + 0.25, 0.5, 0.5, 0xf2c14e);
    }
    canvas.circle(this.column + 0.5, this.row + 0.5, 0.25, 0xd1495b);
  }
}

/** FrozenLake: cross the ice without falling in. */
export const frozenLake: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    return new FrozenLake(chooseVariant(facts, variant));
  },
};
