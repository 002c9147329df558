/**
 * Freeway on a grid: a chicken crosses eight lanes of traffic.
 *
 * Actions: 0 stay, 1 up, 2 down. The chicken, in column 4, moves at most every third decision.
 * Observation, 10 x 10 cells with 7 values each: chicken, cars, and the cell behind each car by its
 * pace, one cell per decision down to one in five.
 * Reward: 1 for reaching row 0, which takes the chicken back to row 9 and gives every lane a new pace
 * and direction. A car takes it back to row 9, too.
 * Start: row 9. A car that leaves the board enters it at the other side. The game does not end by
 * itself: the time limit of 2500 cuts it.
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
import { CELLS, drawCell, gridSpec, SIDE } from "./board.js";

const facts = {
  id: "mini-freeway",
  title: "Mini Freeway",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = gridSpec({
  ...facts,
  variant: facts.defaultVariant,
  actions: ["stay", "up", "down"],
  planes: ["chicken", "car", "pace 1", "pace 2", "pace 3", "pace 4", "pace 5"],
  maxSteps: 2500,
  keys: { ArrowUp: 1, KeyW: 1, ArrowDown: 2, KeyS: 2 },
});

const LANES = 8;
const PACES = 5;
const COLUMN = 4;
const REST = 3;
const BOTTOM = SIDE - 1;

export class MiniFreeway implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  chickenY = 0;
  /** Decisions until the chicken can move again. */
  rest = 0;
  /** Of the car in row `lane + 1`: column, decisions per cell, direction, decisions until it moves. */
  readonly carX: Int8Array = new Int8Array(LANES);
  readonly pace: Int8Array = new Int8Array(LANES);
  readonly direction: Int8Array = new Int8Array(LANES);
  readonly wait: Int8Array = new Int8Array(LANES);
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.chickenY = BOTTOM;
    this.rest = REST;
    this.carX.fill(0);
    this.drawTraffic();
  }

  step(action: number): number {
    assertRunning(this.terminated);
    let reward = 0;
    if (action !== 0 && this.rest === 0) {
      this.rest = REST;
      const move = action === 1 ? -1 : 1;
      this.chickenY = Math.max(0, Math.min(BOTTOM, this.chickenY + move));
    }
    if (this.chickenY === 0) {
      reward = 1;
      this.chickenY = BOTTOM;
      this.drawTraffic();
    }
    for (let lane = 0; lane < LANES; lane++) this.drive(lane);
    if (this.rest > 0) this.rest -= 1;
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + 7 * CELLS);
    out[at + 7 * (this.chickenY * SIDE + COLUMN)] = 1;
    for (let lane = 0; lane < LANES; lane++) {
      const row = at + 7 * (lane + 1) * SIDE;
      const behind = (this.carX[lane] - this.direction[lane] + SIDE) % SIDE;
      out[row + 7 * this.carX[lane] + 1] = 1;
      out[row + 7 * behind + 1 + this.pace[lane]] = 1;
    }
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    for (let row = 1; row < LANES; row++) canvas.rect(0, row + 0.98, SIDE, 0.04, 0x48506a);
    for (let lane = 0; lane < LANES; lane++) {
      const behind = (this.carX[lane] - this.direction[lane] + SIDE) % SIDE;
      drawCell(canvas, behind, lane + 1, 0xf5824a, 0.7 - 0.12 * this.pace[lane]);
      drawCell(canvas, this.carX[lane], lane + 1, 0xf5824a);
    }
    canvas.circle(COLUMN + 0.5, this.chickenY + 0.5, 0.38, 0xf2c14e);
  }

  private drive(lane: number): void {
    this.collide(lane);
    if (this.wait[lane] > 0) {
      this.wait[lane] -= 1;
      return;
    }
    this.wait[lane] = this.pace[lane];
    this.carX[lane] = (this.carX[lane] + this.direction[lane] + SIDE) % SIDE;
    this.collide(lane);
  }

  private collide(lane: number): void {
    if (this.carX[lane] === COLUMN && this.chickenY === lane + 1) this.chickenY = BOTTOM;
  }

  private drawTraffic(): void {
    for (let lane = 0; lane < LANES; lane++) {
      this.pace[lane] = 1 + nextBelow(this.random, PACES);
      this.direction[lane] = nextBelow(this.random, 2) === 0 ? -1 : 1;
      this.wait[lane] = this.pace[lane];
    }
  }
}

/** Freeway on a grid. */
export const miniFreeway: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new MiniFreeway();
  },
};
