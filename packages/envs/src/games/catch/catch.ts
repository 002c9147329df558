/**
 * Catch, by the rules of bsuite (Osband et al. 2020, "Behaviour suite for reinforcement learning"):
 * the quickest check that an agent learns. A ball falls from the top of a board of 5 columns and 10
 * rows, one row per decision; the paddle in the bottom row has to be under it when it arrives.
 *
 * Actions: 0 left, 1 stay, 2 right; the paddle moves one column and stops at the edge.
 * Observation: 50 cells by rows from the top, 1 where the ball or the paddle is, else 0.
 * Reward: +1 if the ball is caught, -1 if not, 0 before.
 * Start: ball in the top row in a column at random, paddle in the middle. End: the ball reaches the
 * bottom row (9 decisions).
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

const COLUMNS = 5;
const ROWS = 10;
const BOTTOM = ROWS - 1;

const facts = {
  id: "catch",
  title: "Catch",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = {
  id: facts.id,
  variant: facts.defaultVariant,
  version: 1,
  title: facts.title,
  actions: { kind: "discrete", names: ["left", "stay", "right"] },
  observation: {
    size: ROWS * COLUMNS,
    shape: [ROWS, COLUMNS],
    low: new Array<number>(ROWS * COLUMNS).fill(0),
    high: new Array<number>(ROWS * COLUMNS).fill(1),
  },
  board: { width: COLUMNS, height: ROWS },
  decisionsPerSecond: 5,
  maxSteps: 20,
  maxScore: 1,
  keys: { ArrowLeft: 0, KeyA: 0, ArrowRight: 2, KeyD: 2 },
  idle: 1,
};

export class Catch implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** Column and row of the ball, column of the paddle. */
  ballX = 0;
  ballY = 0;
  paddleX = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.ballX = nextBelow(this.random, COLUMNS);
    this.ballY = 0;
    this.paddleX = 2;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.paddleX = Math.max(0, Math.min(COLUMNS - 1, this.paddleX + action - 1));
    this.ballY += 1;
    if (this.ballY < BOTTOM) return 0;
    this.terminated = true;
    return this.ballX === this.paddleX ? 1 : -1;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + ROWS * COLUMNS);
    out[at + this.ballY * COLUMNS + this.ballX] = 1;
    out[at + BOTTOM * COLUMNS + this.paddleX] = 1;
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    canvas.rect(this.paddleX + 0.05, BOTTOM + 0.3, 0.9, 0.4, 0x5ad1ff);
    canvas.circle(this.ballX + 0.5, this.ballY + 0.5, 0.35, 0xffffff);
  }
}

/** Catch: the quickest check that an agent learns. */
export const catchGame: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new Catch();
  },
};
