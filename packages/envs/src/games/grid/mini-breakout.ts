/**
 * Breakout on a grid: a ball that moves diagonally, one cell per decision, and a paddle of one cell.
 *
 * Actions: 0 stay, 1 left, 2 right.
 * Observation, 10 x 10 cells with 4 values each: paddle, ball, the ball's cell before, bricks.
 * Reward: 1 for each brick; a ball takes no second brick before it has flown through a free cell.
 * Start: bricks in rows 1 to 3, paddle at column 4 of row 9, ball in row 3 at the left or right edge,
 * on its way down. The bricks are laid anew when all are gone and the ball comes to row 9.
 * Landing on the paddle's cell throws the ball back up; landing where the paddle has just gone to throws
 * it back the way it came. End: the ball misses the paddle.
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
  id: "mini-breakout",
  title: "Mini Breakout",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = gridSpec({
  ...facts,
  variant: facts.defaultVariant,
  actions: ["stay", "left", "right"],
  planes: ["paddle", "ball", "trail", "brick"],
  maxSteps: 5000,
  keys: { ArrowLeft: 1, KeyA: 1, ArrowRight: 2, KeyD: 2 },
});

const BOTTOM = SIDE - 1;
const FIRST_BRICK_ROW = 1;
const BRICK_ROWS = 3;

export class MiniBreakout implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  ballX = 0;
  ballY = 0;
  lastX = 0;
  lastY = 0;
  /** Columns and rows per decision: 1 or -1. */
  directionX = 1;
  directionY = 1;
  paddleX = 0;
  /** Whether the decision before took a brick. */
  struck = false;
  /** By rows, 1 where there is one. */
  readonly bricks: Uint8Array = new Uint8Array(CELLS);
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    const atRight = nextBelow(this.random, 2) === 1;
    this.ballX = atRight ? BOTTOM : 0;
    this.ballY = 3;
    this.directionX = atRight ? -1 : 1;
    this.directionY = 1;
    this.lastX = this.ballX;
    this.lastY = this.ballY;
    this.paddleX = 4;
    this.struck = false;
    this.bricks.fill(0);
    this.layBricks();
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const move = action === 1 ? -1 : action === 2 ? 1 : 0;
    this.paddleX = Math.max(0, Math.min(BOTTOM, this.paddleX + move));
    this.lastX = this.ballX;
    this.lastY = this.ballY;
    let x = this.ballX + this.directionX;
    let y = this.ballY + this.directionY;
    if (x < 0 || x > BOTTOM) {
      x = Math.max(0, Math.min(BOTTOM, x));
      this.directionX = -this.directionX;
    }
    let reward = 0;
    let touches = false;
    if (y < 0) {
      y = 0;
      this.directionY = -this.directionY;
    } else if (this.bricks[y * SIDE + x] === 1) {
      touches = true;
      if (!this.struck) {
        reward = 1;
        this.struck = true;
        this.bricks[y * SIDE + x] = 0;
        y = this.lastY;
        this.directionY = -this.directionY;
      }
    } else if (y === BOTTOM) {
      if (this.isCleared()) this.layBricks();
      y = this.atPaddle(x, y);
    }
    if (!touches) this.struck = false;
    this.ballX = x;
    this.ballY = y;
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + 4 * CELLS);
    out[at + 4 * (BOTTOM * SIDE + this.paddleX)] = 1;
    out[at + 4 * (this.ballY * SIDE + this.ballX) + 1] = 1;
    out[at + 4 * (this.lastY * SIDE + this.lastX) + 2] = 1;
    for (let cell = 0; cell < CELLS; cell++) out[at + 4 * cell + 3] = this.bricks[cell];
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    for (let cell = 0; cell < CELLS; cell++) {
      if (this.bricks[cell] === 0) continue;
      drawCell(canvas, cell % SIDE, Math.floor(cell / SIDE), 0xf5824a);
    }
    drawCell(canvas, this.paddleX, BOTTOM, 0x5ad1ff);
    canvas.circle(this.lastX + 0.5, this.lastY + 0.5, 0.2, 0xffffff, 0.4);
    canvas.circle(this.ballX + 0.5, this.ballY + 0.5, 0.35, 0xffffff);
  }

  /** The ball comes to the bottom row at column `x`: the row in which it goes on. */
  private atPaddle(x: number, y: number): number {
    if (this.ballX === this.paddleX) {
      this.directionY = -this.directionY;
      return this.lastY;
    }
    if (x === this.paddleX) {
      this.directionX = -this.directionX;
      this.directionY = -this.directionY;
      return this.lastY;
    }
    this.terminated = true;
    return y;
  }

  private isCleared(): boolean {
    for (let cell = 0; cell < CELLS; cell++) if (this.bricks[cell] === 1) return false;
    return true;
  }

  private layBricks(): void {
    const first = FIRST_BRICK_ROW * SIDE;
    this.bricks.fill(1, first, first + BRICK_ROWS * SIDE);
  }
}

/** Breakout on a grid. */
export const miniBreakout: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new MiniBreakout();
  },
};
