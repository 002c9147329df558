/**
 * The two boards of Breakout: sizes, speeds and the few rules in which the variants differ. Lengths
 * are in board units, speeds in units per tick of 1/60 s, angles in radians from the vertical.
 */

/** Everything in which one Breakout board differs from another. */
export interface BreakoutBoard {
  readonly width: number;
  readonly height: number;
  /** y of the top wall. */
  readonly ceiling: number;
  /** Top left corner of the wall of bricks. */
  readonly wallX: number;
  readonly wallY: number;
  /** Lower edge of the lowest row. */
  readonly wallBottom: number;
  /** Distance from one brick's left (top) edge to the next one's. */
  readonly pitchX: number;
  readonly pitchY: number;
  readonly brickWidth: number;
  readonly brickHeight: number;
  /** Side of the square in which the ball collides, diameter of the ball as drawn. */
  readonly ballSize: number;
  readonly paddleY: number;
  readonly paddleHeight: number;
  /** Full width, and the width after the ball has touched the top wall. */
  readonly paddleFull: number;
  readonly paddleShort: number;
  /** How far the paddle's left edge moves right when the paddle shrinks. */
  readonly shrinkShift: number;
  readonly paddleSpeed: number;
  /** The ball is served from y = serveY and x within serveSpread / 2 of the middle. */
  readonly serveY: number;
  readonly serveSpread: number;
  /** Angle of the serve: at random between the two, to the left or the right. */
  readonly serveAngleMin: number;
  readonly serveAngleMax: number;
  readonly speedSlow: number;
  readonly speedRaise: number;
  readonly speedFast: number;
  /**
   * True: a brick of the top three rows makes the ball itself faster; false: it takes effect at the
   * next paddle hit.
   */
  readonly fastAtOnce: boolean;
  /**
   * Rebound angle at the paddle's ends; the angle is linear in between and beyond, then kept within
   * [least, most].
   */
  readonly reboundAngle: number;
  readonly reboundLeast: number;
  readonly reboundMost: number;
  /** `ballsLeft` at the start, and the count below which the episode is over. */
  readonly balls: number;
  readonly ballsNeeded: number;
  /** The velocity that an observation shows as 1. */
  readonly velocityUnit: number;
}

/**
 * The board as one would draw it today: nearly square, small ball, gaps between the bricks, five
 * balls.
 */
const classic: BreakoutBoard = {
  width: 326,
  height: 340,
  ceiling: 24,
  wallX: 2,
  wallY: 60,
  wallBottom: 118,
  pitchX: 18,
  pitchY: 10,
  brickWidth: 16,
  brickHeight: 8,
  ballSize: 8,
  paddleY: 316,
  paddleHeight: 6,
  paddleFull: 62,
  paddleShort: 42,
  shrinkShift: 10,
  paddleSpeed: 420 / 60,
  serveY: 140,
  serveSpread: 160,
  serveAngleMin: Math.PI / 9,
  serveAngleMax: Math.PI / 4,
  speedSlow: 270 / 60,
  speedRaise: 50 / 60,
  speedFast: 420 / 60,
  fastAtOnce: true,
  reboundAngle: (5 * Math.PI) / 18,
  reboundLeast: Math.PI / 36,
  reboundMost: (5 * Math.PI) / 18,
  balls: 5,
  ballsNeeded: 1,
  velocityUnit: 420 / 60,
};

/** PufferLib's board, for like-for-like comparison: a large ball, no gaps, six balls in all. */
const puffer: BreakoutBoard = {
  width: 576,
  height: 330,
  ceiling: 0,
  wallX: 0,
  wallY: 50,
  wallBottom: 122,
  pitchX: 32,
  pitchY: 12,
  brickWidth: 32,
  brickHeight: 12,
  ballSize: 32,
  paddleY: 312,
  paddleHeight: 8,
  paddleFull: 62,
  paddleShort: 31,
  shrinkShift: 0,
  paddleSpeed: 620 / 60,
  serveY: 135,
  serveSpread: 0,
  serveAngleMin: Math.PI / 3.25,
  serveAngleMax: Math.PI / 3.25,
  speedSlow: 256 / 60,
  speedRaise: 64 / 60,
  speedFast: 448 / 60,
  fastAtOnce: false,
  reboundAngle: Math.PI / 4,
  reboundLeast: 0,
  reboundMost: Math.PI,
  balls: 5,
  ballsNeeded: 0,
  velocityUnit: 512,
};

/** The boards by the name of the variant. */
export const boards: Readonly<Record<"classic" | "puffer", BreakoutBoard>> = { classic, puffer };
