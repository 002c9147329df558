/** How Breakout looks: colours and shapes only. The rules are in breakout.ts. */
import type { Canvas } from "../../game.js";
import { BRICKS, type Breakout, COLUMNS } from "./breakout.js";

const BACKGROUND = 0x10131c;
const FIELD = 0x171b27;
const FRAME = 0x2b3245;
const TEXT = 0xe8ecf4;
const FADED = 0x3d4660;
const PADDLE = 0x5ad1ff;
const BALL = 0xffffff;
/** One colour per row of bricks, from the top. */
const ROW_COLORS: readonly number[] = [0xf2545b, 0xf5824a, 0xf7b844, 0x6fcf6a, 0x3fb8c9, 0x6d83f2];
const BALL_MARGIN = 4;

/** Paints one Breakout board. */
export function drawBreakout(game: Breakout, canvas: Canvas): void {
  canvas.background(BACKGROUND);
  canvas.rect(0, game.ceiling, game.width, game.height - game.ceiling, FIELD);
  if (game.ceiling > 0) canvas.rect(0, game.ceiling - 2, game.width, 2, FRAME);
  drawBricks(game, canvas);
  canvas.rect(game.paddleX, game.paddleY, game.paddleWidth, game.paddleHeight, PADDLE);
  const radius = game.ballSize / 2;
  const ballY = Math.min(game.ballY, game.height - game.ballSize);
  canvas.circle(game.ballX + radius, ballY + radius, radius, BALL);
  drawCounts(game, canvas);
}

/** The bricks still there, each with a gap to its neighbours even where the board has none. */
function drawBricks(game: Breakout, canvas: Canvas): void {
  const width = Math.min(game.brickWidth, game.pitchX - 1);
  const height = Math.min(game.brickHeight, game.pitchY - 1);
  for (let brick = 0; brick < BRICKS; brick++) {
    if (game.bricks[brick] !== 0) continue;
    const row = Math.floor(brick / COLUMNS);
    const x = game.wallX + (brick % COLUMNS) * game.pitchX;
    canvas.rect(x, game.wallY + row * game.pitchY, width, height, ROW_COLORS[row]);
  }
}

/** The score on the left, a dot per ball on the right. */
function drawCounts(game: Breakout, canvas: Canvas): void {
  canvas.digits(8, 5, 14, game.score, TEXT);
  for (let ball = 0; ball < game.balls; ball++) {
    const x = game.width - 12 - ball * (2 * BALL_MARGIN + 4);
    canvas.circle(x, 12, BALL_MARGIN, ball < game.ballsLeft ? TEXT : FADED);
  }
}
