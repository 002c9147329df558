/**
 * Pong against a computer that follows the ball, but not fast enough for a good angle.
 *
 * Court of 160 x 120; paddles 4 x 20, the player's at the right; ball 4 x 4. Four ticks of 1/60 s per
 * decision. The ball serves itself from the middle towards whoever lost the last point, at up to 30
 * degrees from level, with 90 units/s; every paddle hit adds 6 % up to 220. It leaves a paddle at an
 * angle by where it hit, up to 50 degrees at the ends. The player moves 120 units/s, the computer 66.
 * Actions: 0 stay, 1 up, 2 down.
 * Observation, 8 numbers: ball's x / 160, y / 120, velocity / 200 (x, y), the player's and the
 * computer's paddle / 120, their points / 21.
 * Reward: 1 for a point, -1 for one lost. Start: 0 to 0, service to the player or away from him at
 * random. End: one of them has 21 points (so 21 is the best return).
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
import { cos, sin } from "../../math.js";
import { nextFloat, seedRandom } from "../../random.js";

const WIDTH = 160;
const HEIGHT = 120;
const HALF_PADDLE = 10;
const HALF_BALL = 2;
/** Where the ball's centre meets the paddles' faces. */
const LEFT_FACE = 14;
const RIGHT_FACE = WIDTH - 14;
const TICKS = 4;
const TICK = 1 / 60;
const FIRST_SPEED = 90;
const FASTEST = 220;
const QUICKENING = 1.06;
const PLAYER_SPEED = 120;
const COMPUTER_SPEED = 66;
const SERVE_ANGLE = Math.PI / 6;
const REBOUND_ANGLE = (50 * Math.PI) / 180;
const POINTS = 21;

const facts = {
  id: "pong",
  title: "Pong",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = {
  id: facts.id,
  variant: facts.defaultVariant,
  version: 1,
  title: facts.title,
  actions: { kind: "discrete", names: ["stay", "up", "down"] },
  observation: {
    size: 8,
    shape: [8],
    names: ["ball x", "ball y", "velocity x", "velocity y", "player", "computer", "won", "lost"],
  },
  board: { width: WIDTH, height: HEIGHT },
  decisionsPerSecond: 15,
  maxSteps: 10_000,
  maxScore: POINTS,
  keys: { ArrowUp: 1, KeyW: 1, ArrowDown: 2, KeyS: 2 },
};

export class Pong implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** Centres of ball and paddles, the ball's velocity per second. */
  ballX = 0;
  ballY = 0;
  velocityX = 0;
  velocityY = 0;
  playerY = 0;
  computerY = 0;
  won = 0;
  lost = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.won = 0;
    this.lost = 0;
    this.playerY = HEIGHT / 2;
    this.computerY = HEIGHT / 2;
    this.serve(nextFloat(this.random) < 0.5 ? 1 : -1);
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const move = action === 1 ? -1 : action === 2 ? 1 : 0;
    let reward = 0;
    for (let tick = 0; tick < TICKS && reward === 0; tick++) {
      this.playerY = clampPaddle(this.playerY + move * PLAYER_SPEED * TICK);
      this.followBall();
      reward = this.moveBall();
    }
    if (reward > 0) this.won += 1;
    if (reward < 0) this.lost += 1;
    this.terminated = this.won === POINTS || this.lost === POINTS;
    if (reward !== 0) this.serve(-reward);
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.ballX / WIDTH;
    out[at + 1] = this.ballY / HEIGHT;
    out[at + 2] = this.velocityX / 200;
    out[at + 3] = this.velocityY / 200;
    out[at + 4] = this.playerY / HEIGHT;
    out[at + 5] = this.computerY / HEIGHT;
    out[at + 6] = this.won / POINTS;
    out[at + 7] = this.lost / POINTS;
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    for (let y = 2; y < HEIGHT; y += 8) canvas.rect(WIDTH / 2 - 0.5, y, 1, 4, 0x48506a);
    canvas.digits(WIDTH / 2 - 30, 6, 12, this.lost, 0x8b93a8);
    canvas.digits(WIDTH / 2 + 16, 6, 12, this.won, 0x8b93a8);
    canvas.rect(LEFT_FACE - 6, this.computerY - HALF_PADDLE, 4, 2 * HALF_PADDLE, 0xf5824a);
    canvas.rect(RIGHT_FACE + 2, this.playerY - HALF_PADDLE, 4, 2 * HALF_PADDLE, 0x5ad1ff);
    const x = Math.max(HALF_BALL, Math.min(WIDTH - HALF_BALL, this.ballX));
    canvas.rect(x - HALF_BALL, this.ballY - HALF_BALL, 2 * HALF_BALL, 2 * HALF_BALL, 0xffffff);
  }

  /** `side` 1 serves to the player, -1 to the computer. */
  private serve(side: number): void {
    const angle = (2 * nextFloat(this.random) - 1) * SERVE_ANGLE;
    this.ballX = WIDTH / 2;
    this.ballY = HEIGHT / 2;
    this.velocityX = side * FIRST_SPEED * cos(angle);
    this.velocityY = FIRST_SPEED * sin(angle);
  }

  /** The computer's paddle goes where the ball is, or to the middle while the ball goes away. */
  private followBall(): void {
    const goal = this.velocityX < 0 ? this.ballY : HEIGHT / 2;
    const most = COMPUTER_SPEED * TICK;
    const way = Math.max(-most, Math.min(most, goal - this.computerY));
    this.computerY = clampPaddle(this.computerY + way);
  }

  /** Moves the ball by a tick: 1 if the computer missed it, -1 if the player did, else 0. */
  private moveBall(): number {
    const before = this.ballX;
    this.ballX += this.velocityX * TICK;
    this.ballY += this.velocityY * TICK;
    if (this.ballY < HALF_BALL || this.ballY > HEIGHT - HALF_BALL) {
      const wall = this.ballY < HALF_BALL ? HALF_BALL : HEIGHT - HALF_BALL;
      this.ballY = 2 * wall - this.ballY;
      this.velocityY = -this.velocityY;
    }
    if (before < RIGHT_FACE && this.ballX >= RIGHT_FACE) this.rebound(this.playerY, RIGHT_FACE);
    if (before > LEFT_FACE && this.ballX <= LEFT_FACE) this.rebound(this.computerY, LEFT_FACE);
    if (this.ballX < 0) return 1;
    return this.ballX > WIDTH ? -1 : 0;
  }

  /** Sends the ball back if the paddle at `paddleY` is where it crosses `face`. */
  private rebound(paddleY: number, face: number): void {
    const past = (this.ballX - face) / this.velocityX;
    const offset = this.ballY - this.velocityY * past - paddleY;
    if (Math.abs(offset) > HALF_PADDLE + HALF_BALL) return;
    const speed = Math.sqrt(this.velocityX * this.velocityX + this.velocityY * this.velocityY);
    const faster = Math.min(FASTEST, speed * QUICKENING);
    const angle = (offset / (HALF_PADDLE + HALF_BALL)) * REBOUND_ANGLE;
    const direction = this.velocityX > 0 ? -1 : 1;
    this.ballX = face;
    this.velocityX = direction * faster * cos(angle);
    this.velocityY = faster * sin(angle);
  }
}

function clampPaddle(y: number): number {
  return Math.max(HALF_PADDLE, Math.min(HEIGHT - HALF_PADDLE, y));
}

/** Pong: first to 21 points. */
export const pong: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new Pong();
  },
};
