/**
 * Flappy: a bird falls and flaps through the gaps between pipes.
 *
 * Field of 288 x 400; two ticks of 1/30 s per decision. Each tick the bird (radius 12, at x = 60) falls
 * faster by 1, at most 10 a tick; a flap sets it to -9 in the first tick. Pipes, 52 wide, 180 apart,
 * come 4 a tick, with a gap of 110 at a height at random.
 * Actions: 0 fall, 1 flap.
 * Observation, 6 numbers: bird's y / 400, speed / 10, and of the next two pipes the distance of the
 * right edge / 288 and the gap's middle less the bird's y, / 400.
 * Reward: 1 for each pipe passed. Start: in the middle, at rest, the first pipe at the right edge.
 * End: the bird touches a pipe, the ceiling or the ground.
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
import { nextFloat, seedRandom } from "../../random.js";

const WIDTH = 288;
const HEIGHT = 400;
const BIRD_X = 60;
const RADIUS = 12;
const TICKS = 2;
const GRAVITY = 1;
const FASTEST_FALL = 10;
const FLAP = -9;
const PIPE_WIDTH = 52;
const PIPE_STEP = 180;
const PIPE_SPEED = 4;
const HALF_GAP = 55;
const GAP_MARGIN = 90;
const PIPES = 3;

const facts = {
  id: "flappy",
  title: "Flappy",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = {
  id: facts.id,
  variant: facts.defaultVariant,
  version: 1,
  title: facts.title,
  actions: { kind: "discrete", names: ["fall", "flap"] },
  observation: {
    size: 6,
    shape: [6],
    names: ["y", "speed", "pipe 1 x", "pipe 1 gap", "pipe 2 x", "pipe 2 gap"],
    scale: [1, 1, 0.5, 0.3, 1, 0.3],
  },
  board: { width: WIDTH, height: HEIGHT },
  decisionsPerSecond: 15,
  maxSteps: 5000,
  keys: { Space: 1, ArrowUp: 1, KeyW: 1 },
};

export class Flappy implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  y = 0;
  speed = 0;
  /** Left edge and middle of the gap of each pipe, the nearest first. */
  readonly pipeX: Float64Array = new Float64Array(PIPES);
  readonly gapY: Float64Array = new Float64Array(PIPES);
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.y = HEIGHT / 2;
    this.speed = 0;
    for (let i = 0; i < PIPES; i++) {
      this.pipeX[i] = WIDTH + i * PIPE_STEP;
      this.gapY[i] = this.drawGap();
    }
  }

  step(action: number): number {
    assertRunning(this.terminated);
    let passed = 0;
    for (let tick = 0; tick < TICKS && !this.terminated; tick++) {
      this.speed = Math.min(FASTEST_FALL, this.speed + GRAVITY);
      if (action === 1 && tick === 0) this.speed = FLAP;
      this.y += this.speed;
      for (let i = 0; i < PIPES; i++) this.pipeX[i] -= PIPE_SPEED;
      this.terminated = this.hits();
      if (!this.terminated && this.pipeX[0] + PIPE_WIDTH < BIRD_X - RADIUS) {
        this.nextPipe();
        passed += 1;
      }
    }
    return passed;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.y / HEIGHT;
    out[at + 1] = this.speed / FASTEST_FALL;
    for (let i = 0; i < 2; i++) {
      out[at + 2 + 2 * i] = (this.pipeX[i] + PIPE_WIDTH - BIRD_X) / WIDTH;
      out[at + 3 + 2 * i] = (this.gapY[i] - this.y) / HEIGHT;
    }
  }

  draw(canvas: Canvas): void {
    canvas.background(0x6cc3d5);
    for (let i = 0; i < PIPES; i++) {
      const left = Math.max(0, this.pipeX[i]);
      const right = Math.min(WIDTH, this.pipeX[i] + PIPE_WIDTH);
      if (left >= right) continue;
      const top = this.gapY[i] - HALF_GAP;
      const bottom = this.gapY[i] + HALF_GAP;
      canvas.rect(left, 0, right - left, top, 0x4a9d5b);
      canvas.rect(left, bottom, right - left, HEIGHT - bottom, 0x4a9d5b);
    }
    const y = Math.max(RADIUS, Math.min(HEIGHT - RADIUS, this.y));
    canvas.circle(BIRD_X, y, RADIUS, 0xf2c14e);
    canvas.circle(BIRD_X + 5, y - 3, 2.5, 0x24292f);
  }

  /** Whether the bird, a square of its radius to the pipes, touches anything. */
  private hits(): boolean {
    if (this.y < RADIUS || this.y > HEIGHT - RADIUS) return true;
    const beside = this.pipeX[0] > BIRD_X + RADIUS || this.pipeX[0] + PIPE_WIDTH < BIRD_X - RADIUS;
    return !beside && Math.abs(this.y - this.gapY[0]) > HALF_GAP - RADIUS;
  }

  /** The nearest pipe is behind: the others move up, a new one comes last. */
  private nextPipe(): void {
    for (let i = 0; i < PIPES - 1; i++) {
      this.pipeX[i] = this.pipeX[i + 1];
      this.gapY[i] = this.gapY[i + 1];
    }
    this.pipeX[PIPES - 1] = this.pipeX[PIPES - 2] + PIPE_STEP;
    this.gapY[PIPES - 1] = this.drawGap();
  }

  private drawGap(): number {
    return GAP_MARGIN + (HEIGHT - 2 * GAP_MARGIN) * nextFloat(this.random);
  }
}

/** Flappy: a bird between pipes. */
export const flappy: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new Flappy();
  },
};
