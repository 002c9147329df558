/**
 * Breakout. A wall of 6 rows of 18 bricks hangs below the top wall; a ball flies, a paddle keeps it
 * in play.
 *
 * Rules. Each tick (1/60 s; four per decision) the paddle moves, then the ball, up to the first
 * thing that it touches: a brick (which is removed), a wall or the paddle's top. One thing is
 * touched per tick, the earliest, ties by larger overlap, and the rest of the tick is lost. A
 * second wall appears at the next paddle hit after the first is cleared. Every fourth paddle hit
 * raises the ball's speed, and a brick of the top three rows makes it as fast as it gets. The
 * paddle shrinks when the ball touches the top wall. Speed and paddle are as new with the next
 * ball. The direction off the paddle depends only on where the paddle is hit; the ball takes its
 * speed there.
 *
 * Actions: 0 stay, 1 left, 2 right. The tick that serves a ball ignores the action.
 *
 * Observation, 118 numbers:
 *   0, 1        paddle's left edge / board's width, top edge / height     0 to 1
 *   2, 3        ball's left edge / width, top edge / height               0 to 1
 *   4, 5        ball's velocity per tick / velocityUnit                   -1 to 1
 *   6           0.2 while a ball is in flight, else 0
 *   7           score / 864                                               0 to 1
 *   8           balls left / 5                                            -0.2 to 1
 *   9           paddle's width / full width                               0.5 to 1
 *   10 to 117   1 where a brick is gone, by rows from the top             0 or 1
 *
 * Reward: the value of the bricks removed; 7, 7, 4, 4, 1, 1 by rows from the top, 432 for a wall.
 * Start: full wall, paddle in the middle, ball about to be served downwards, left or right at
 * random.
 * End: 864 points, or no ball left.
 * Parameters: the variants `classic` (default) and `puffer` (PufferLib's board); boards.ts has
 * every number in which they differ.
 * Differences of `puffer` from PufferLib's game: the rebound is taken at the point of contact
 * (there: where the ball was at the start of the tick), and the ball ends that tick at the paddle;
 * the paddle is solid only from above; doubles.
 * Version history: 1, the first.
 */
import { assertRunning, type Canvas, type Game, type GameSpec } from "../../game.js";
import { cos, sin } from "../../math.js";
import { nextFloat, nextUint32, seedRandom } from "../../random.js";
import type { BreakoutBoard } from "./boards.js";
import { drawBreakout } from "./draw.js";

/** What each action does. */
export const Action = { stay: 0, left: 1, right: 2 } as const;

/** Rows of bricks, bricks in a row, and bricks in all. */
export const ROWS = 6;
export const COLUMNS = 18;
export const BRICKS = 108;
/** The value of a brick by its row, from the top. */
export const ROW_VALUES: readonly number[] = [7, 7, 4, 4, 1, 1];
/** The score at which both walls are cleared. */
export const MAX_SCORE = 864;
const FAST_ROWS = 3;
const HITS_PER_RAISE = 4;
const TICKS_PER_STEP = 4;

/** What the ball can touch, besides the bricks 0 to 107. */
const NOTHING = -1;
const SIDE_WALL = -2;
const TOP_WALL = -3;
const PADDLE = -4;
/**
 * Contacts this little in the past count as now: the rounding of a corner touched on both sides.
 */
const PAST = -1e-9;

export class Breakout implements Game {
  readonly spec: GameSpec;
  terminated = true;

  // The board: constants of the variant, see BreakoutBoard.
  declare readonly width: number;
  declare readonly height: number;
  declare readonly ceiling: number;
  declare readonly wallX: number;
  declare readonly wallY: number;
  declare readonly wallBottom: number;
  declare readonly pitchX: number;
  declare readonly pitchY: number;
  declare readonly brickWidth: number;
  declare readonly brickHeight: number;
  declare readonly ballSize: number;
  declare readonly paddleY: number;
  declare readonly paddleHeight: number;
  declare readonly paddleFull: number;
  declare readonly paddleShort: number;
  declare readonly shrinkShift: number;
  declare readonly paddleSpeed: number;
  declare readonly serveY: number;
  declare readonly serveSpread: number;
  declare readonly serveAngleMin: number;
  declare readonly serveAngleMax: number;
  declare readonly speedSlow: number;
  declare readonly speedRaise: number;
  declare readonly speedFast: number;
  declare readonly fastAtOnce: boolean;
  declare readonly reboundAngle: number;
  declare readonly reboundLeast: number;
  declare readonly reboundMost: number;
  declare readonly balls: number;
  declare readonly ballsNeeded: number;
  declare readonly velocityUnit: number;

  /** Points of this episode. */
  score = 0;
  /** Balls left, the one in play included (`puffer`: excluded). */
  ballsLeft = 0;
  /** 1 while a ball is in flight, 0 before it is served. */
  ballsFired = 0;
  /** Left edge and present width of the paddle. */
  paddleX = 0;
  paddleWidth = 0;
  /** Top left corner of the ball's square. */
  ballX = 0;
  ballY = 0;
  /** Velocity in units per tick. */
  vx = 0;
  vy = 0;
  /** The speed that the ball takes at its next paddle hit. */
  speed = 0;
  /** Paddle hits of this ball. */
  hits = 0;
  bricksLeft = 0;
  /** 1 where the brick is gone, by rows from the top. */
  readonly bricks: Float32Array = new Float32Array(BRICKS);
  readonly random: Uint32Array = new Uint32Array(4);

  // The earliest contact found in this tick: when (in ticks, above 1 for none), how wide, with what,
  // and where it leaves the ball.
  private contactTime = 2;
  private contactOverlap = 0;
  private contactWith = NOTHING;
  private contactX = 0;
  private contactY = 0;
  private contactOnSide = false;

  constructor(spec: GameSpec, board: BreakoutBoard) {
    this.spec = spec;
    Object.assign(this, board);
  }

  /** Balls left: losing one does not end the episode. */
  get lives(): number {
    return this.ballsLeft;
  }

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.score = 0;
    this.ballsLeft = this.balls;
    this.buildWall();
    this.newBall();
    this.forgetContact();
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const before = this.score;
    for (let tick = 0; tick < TICKS_PER_STEP && !this.terminated; tick++) {
      if (this.ballsFired === 0) this.serve();
      else if (action !== Action.stay) this.steer(action);
      this.fly();
    }
    return this.score - before;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.paddleX / this.width;
    out[at + 1] = this.paddleY / this.height;
    out[at + 2] = this.ballX / this.width;
    out[at + 3] = this.ballY / this.height;
    out[at + 4] = this.vx / this.velocityUnit;
    out[at + 5] = this.vy / this.velocityUnit;
    out[at + 6] = this.ballsFired / 5;
    out[at + 7] = this.score / MAX_SCORE;
    out[at + 8] = this.ballsLeft / 5;
    out[at + 9] = this.paddleWidth / this.paddleFull;
    out.set(this.bricks, at + 10);
  }

  draw(canvas: Canvas): void {
    drawBreakout(this, canvas);
  }

  /** A full wall of bricks. */
  private buildWall(): void {
    this.bricks.fill(0);
    this.bricksLeft = BRICKS;
  }

  /** Paddle and ball as at the start of every round; the next tick serves. */
  private newBall(): void {
    this.ballsFired = 0;
    this.hits = 0;
    this.speed = this.speedSlow;
    this.paddleWidth = this.paddleFull;
    this.paddleX = (this.width - this.paddleWidth) / 2;
    this.ballX =
      (this.width - this.ballSize) / 2 + (nextFloat(this.random) - 0.5) * this.serveSpread;
    this.ballY = this.serveY;
    this.vx = 0;
    this.vy = 0;
  }

  /** The ball sets off downwards, to the left or the right at random. */
  private serve(): void {
    const spread = this.serveAngleMax - this.serveAngleMin;
    const angle = this.serveAngleMin + nextFloat(this.random) * spread;
    const side = (nextUint32(this.random) & 1) === 0 ? -1 : 1;
    this.ballsFired = 1;
    this.vx = side * sin(angle) * this.speed;
    this.vy = cos(angle) * this.speed;
  }

  /** The paddle moves by one tick, within the side walls. */
  private steer(action: number): void {
    const wanted =
      action === Action.left ? this.paddleX - this.paddleSpeed : this.paddleX + this.paddleSpeed;
    this.paddleX = Math.max(0, Math.min(this.width - this.paddleWidth, wanted));
  }

  /** The ball moves by one tick, or to the first thing that it touches. */
  private fly(): void {
    const x = this.ballX + this.vx;
    const y = this.ballY + this.vy;
    const betweenWallAndPaddle =
      this.ballY >= this.wallBottom && y > this.wallBottom && y + this.ballSize < this.paddleY;
    if (betweenWallAndPaddle && x > 0 && x + this.ballSize < this.width) {
      this.ballX = x;
      this.ballY = y;
      return;
    }
    this.findContact();
    if (this.contactWith === NOTHING) {
      this.ballX = x;
      this.ballY = y;
    } else this.bounce();
    if (this.ballY >= this.paddleY + this.paddleHeight) this.loseBall();
  }

  /** No contact found so far. */
  private forgetContact(): void {
    this.contactTime = 2;
    this.contactOverlap = 0;
    this.contactWith = NOTHING;
    this.contactX = 0;
    this.contactY = 0;
    this.contactOnSide = false;
  }

  /** Finds what the ball touches first within this tick. */
  private findContact(): void {
    this.forgetContact();
    this.meetBricks();
    if (this.vx < 0) this.meetSide(0, this.ceiling, this.height, SIDE_WALL);
    else if (this.vx > 0) this.meetSide(this.width, this.ceiling, this.height, SIDE_WALL);
    if (this.vy < 0) this.meetFlat(this.ceiling, 0, this.width, TOP_WALL);
    else if (this.vy > 0)
      this.meetFlat(this.paddleY, this.paddleX, this.paddleX + this.paddleWidth, PADDLE);
  }

  /** The bricks that the ball's way through this tick could touch. */
  private meetBricks(): void {
    const left = Math.min(this.ballX, this.ballX + this.vx) - this.wallX;
    const right = Math.max(this.ballX, this.ballX + this.vx) + this.ballSize - this.wallX;
    const top = Math.min(this.ballY, this.ballY + this.vy) - this.wallY;
    const bottom = Math.max(this.ballY, this.ballY + this.vy) + this.ballSize - this.wallY;
    const rowFrom = Math.max(0, Math.floor(top / this.pitchY));
    const rowTo = Math.min(ROWS - 1, Math.floor(bottom / this.pitchY));
    const columnFrom = Math.max(0, Math.floor(left / this.pitchX));
    const columnTo = Math.min(COLUMNS - 1, Math.floor(right / this.pitchX));
    for (let row = rowFrom; row <= rowTo; row++) {
      for (let column = columnFrom; column <= columnTo; column++) {
        if (this.bricks[row * COLUMNS + column] === 0) this.meetBrick(row, column);
      }
    }
  }

  /** The two faces of a brick that look towards the ball. */
  private meetBrick(row: number, column: number): void {
    const x = this.wallX + column * this.pitchX;
    const y = this.wallY + row * this.pitchY;
    const brick = row * COLUMNS + column;
    if (this.vx > 0) this.meetSide(x, y, y + this.brickHeight, brick);
    else if (this.vx < 0) this.meetSide(x + this.brickWidth, y, y + this.brickHeight, brick);
    if (this.vy > 0) this.meetFlat(y, x, x + this.brickWidth, brick);
    else if (this.vy < 0) this.meetFlat(y + this.brickHeight, x, x + this.brickWidth, brick);
  }

  /** A vertical face at `x`, from `top` to `bottom`, that the ball flies towards. */
  private meetSide(x: number, top: number, bottom: number, what: number): void {
    const restX = this.vx > 0 ? x - this.ballSize : x;
    const time = (restX - this.ballX) / this.vx;
    if (time > 1 || time > this.contactTime || (time < PAST && what >= 0)) return;
    const y = this.ballY + this.vy * time;
    const overlap = Math.min(bottom, y + this.ballSize) - Math.max(top, y);
    if (overlap <= 0 || (time === this.contactTime && overlap <= this.contactOverlap)) return;
    this.contactTime = time;
    this.contactOverlap = overlap;
    this.contactWith = what;
    this.contactX = restX;
    this.contactY = y;
    this.contactOnSide = true;
  }

  /** A horizontal face at `y`, from `left` to `right`, that the ball flies towards. */
  private meetFlat(y: number, left: number, right: number, what: number): void {
    const restY = this.vy > 0 ? y - this.ballSize : y;
    const time = (restY - this.ballY) / this.vy;
    if (time > 1 || time > this.contactTime || (time < PAST && what !== TOP_WALL)) return;
    const x = this.ballX + this.vx * time;
    const overlap = Math.min(right, x + this.ballSize) - Math.max(left, x);
    if (overlap <= 0 || (time === this.contactTime && overlap <= this.contactOverlap)) return;
    this.contactTime = time;
    this.contactOverlap = overlap;
    this.contactWith = what;
    this.contactX = x;
    this.contactY = restY;
    this.contactOnSide = false;
  }

  /** The ball stands at the contact; what follows depends on what it touches. */
  private bounce(): void {
    this.ballX = this.contactX;
    this.ballY = this.contactY;
    if (this.contactWith === PADDLE) this.bounceOffPaddle();
    else {
      if (this.contactOnSide) this.vx = -this.vx;
      else this.vy = -this.vy;
      if (this.contactWith >= 0) this.breakBrick(this.contactWith);
      else if (this.contactWith === TOP_WALL) this.shrinkPaddle();
    }
  }

  /** The direction depends on where the paddle is hit; a cleared wall is built anew. */
  private bounceOffPaddle(): void {
    const along = (this.ballX + this.ballSize / 2 - this.paddleX) / this.paddleWidth;
    const wanted = (2 * along - 1) * this.reboundAngle;
    const right = wanted > 0 || (wanted === 0 && this.vx > 0);
    const angle = Math.max(this.reboundLeast, Math.min(this.reboundMost, Math.abs(wanted)));
    this.vx = (right ? 1 : -1) * sin(angle) * this.speed;
    this.vy = -cos(angle) * this.speed;
    this.hits += 1;
    if (this.hits % HITS_PER_RAISE === 0)
      this.speed = Math.min(this.speedFast, this.speed + this.speedRaise);
    if (this.bricksLeft === 0) this.buildWall();
  }

  /** The brick is gone and counted; one of the top three rows makes the ball as fast as it gets. */
  private breakBrick(brick: number): void {
    const row = Math.floor(brick / COLUMNS);
    this.bricks[brick] = 1;
    this.bricksLeft -= 1;
    this.score += ROW_VALUES[row];
    if (row < FAST_ROWS) {
      this.speed = this.speedFast;
      if (this.fastAtOnce) this.hasten();
    }
    if (this.score === MAX_SCORE) this.terminated = true;
  }

  /** Full speed in the present direction. */
  private hasten(): void {
    const faster = this.speedFast / Math.sqrt(this.vx * this.vx + this.vy * this.vy);
    this.vx *= faster;
    this.vy *= faster;
  }

  /** The paddle is shorter until the next ball. */
  private shrinkPaddle(): void {
    if (this.paddleWidth === this.paddleShort) return;
    this.paddleWidth = this.paddleShort;
    this.paddleX += this.shrinkShift;
  }

  /** One ball fewer; the episode is over when there are none. */
  private loseBall(): void {
    this.ballsLeft -= 1;
    this.newBall();
    if (this.ballsLeft < this.ballsNeeded) this.terminated = true;
  }
}
