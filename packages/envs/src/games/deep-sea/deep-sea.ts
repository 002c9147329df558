/**
 * DeepSea, by the rules of bsuite (Osband et al. 2020, "Behaviour suite for reinforcement learning"):
 * a test of exploration. A diver sinks one row per decision through a sea of N x N cells and drifts
 * left or right; the treasure lies at the bottom right, and every move towards it costs a little.
 * Random play finds it once in 2^N episodes.
 *
 * Variants: `10`, `20`, `30`: the size N.
 * Actions: 0 and 1. Which of them means right differs from cell to cell and never changes.
 * Observation: N * N cells by rows from the top, 1 where the diver is, else 0.
 * Reward: -0.01 / N for every move to the right, and 1 for a move to the right in the last cell of the
 * diagonal (the best return is 0.99). At the walls the diver stays in his column.
 * Start: top left. End: after N decisions.
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

const facts = {
  id: "deepsea",
  title: "DeepSea",
  variants: ["10", "20", "30"],
  defaultVariant: "10",
} as const;

const MOVE_COST = 0.01;

function specOf(variant: string): GameSpec {
  const size = Number(variant);
  const cells = size * size;
  return {
    id: facts.id,
    variant,
    version: 1,
    title: facts.title,
    actions: { kind: "discrete", names: ["one way", "the other"] },
    observation: {
      size: cells,
      shape: [size, size],
      low: new Array<number>(cells).fill(0),
      high: new Array<number>(cells).fill(1),
    },
    board: { width: size, height: size },
    decisionsPerSecond: 5,
    maxSteps: size,
    maxScore: 1 - MOVE_COST,
    keys: { ArrowLeft: 0, KeyA: 0, ArrowRight: 1, KeyD: 1 },
    waits: true,
  };
}

/** Which action means right in a cell: a fixed scramble of its place. */
export function rightAction(row: number, column: number): number {
  const word = Math.imul(row * 64 + column + 1, 0x9e3779b1);
  const mixed = Math.imul(word ^ (word >>> 15), 0x85ebca6b);
  return (mixed >>> 16) & 1;
}

export class DeepSea implements Game {
  readonly spec: GameSpec;
  readonly size: number;
  terminated = true;
  row = 0;
  column = 0;

  constructor(variant: string) {
    this.spec = specOf(variant);
    this.size = Number(variant);
  }

  /** Nothing is left to chance. */
  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
    this.row = 0;
    this.column = 0;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const last = this.size - 1;
    let reward = 0;
    if (action === rightAction(this.row, this.column)) {
      reward -= MOVE_COST / this.size;
      if (this.row === last && this.column === last) reward += 1;
      this.column = Math.min(last, this.column + 1);
    } else {
      this.column = Math.max(0, this.column - 1);
    }
    this.terminated = this.row === last;
    this.row = Math.min(last, this.row + 1);
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + this.size * this.size);
    out[at + this.row * this.size + this.column] = 1;
  }

  draw(canvas: Canvas): void {
    canvas.background(0x0b2a4a);
    for (let row = 0; row < this.size; row++) {
      canvas.rect(0, row, this.size, 1, 0x03101f, (0.8 * row) / this.size);
    }
    const last = this.size - 1;
    canvas.rect(last + 0.2, last + 0.35, 0.6, 0.45, 0xf2c14e);
    canvas.circle(this.column + 0.5, this.row + 0.5, 0.35, 0x5ad1ff);
  }
}

/** DeepSea: a test of exploration. */
export const deepSea: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    return new DeepSea(chooseVariant(facts, variant));
  },
};
