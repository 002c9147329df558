/**
 * The rules of Breakout, BR1 to BR16. Boards are drawn in text, one letter per column of bricks and
 * one line per row of them, from the top row down: # brick, o ball, = paddle's columns (in the last
 * line only), . nothing.
 */
import { describe, expect, test } from "vitest";
import { asText } from "../../text-canvas.js";
import { Action, BRICKS, type Breakout, MAX_SCORE, ROW_VALUES } from "./breakout.js";
import { breakout } from "./definition.js";

const LINE = 10;
const FIRST_LINE = 6;

function fresh(variant: "classic" | "puffer" = "classic", seed = 1): Breakout {
  const game = breakout.create(variant) as Breakout;
  game.seed(seed);
  game.reset();
  return game;
}

/** A classic board as drawn, its ball flying with (vx, vy) units per tick. */
function board(vx: number, vy: number, ...lines: string[]): Breakout {
  const game = fresh();
  game.bricks.fill(1);
  lines.forEach((line, row) => {
    for (let column = 0; column < line.length; column++) {
      if (line[column] === "#") game.bricks[row * 18 + column] = 0;
      if (line[column] === "o") {
        game.ballX = game.wallX + column * game.pitchX + 4;
        game.ballY = game.wallY + row * game.pitchY;
      }
    }
  });
  game.bricksLeft = game.bricks.filter((gone) => gone === 0).length;
  game.ballsFired = 1;
  game.vx = vx;
  game.vy = vy;
  return game;
}

/** The lines of the board from the top row of bricks down. */
function picture(game: Breakout, lines: number): string {
  const text = asText(game, { cellWidth: game.pitchX, cellHeight: LINE }).split("\n");
  return text.slice(FIRST_LINE, FIRST_LINE + lines).join("\n");
}

/** Puts the ball over the paddle, `along` (0 left end, 1 right end) of its width, falling. */
function overPaddle(game: Breakout, along: number): void {
  game.ballsFired = 1;
  game.ballX = game.paddleX + along * game.paddleWidth - game.ballSize / 2;
  game.ballY = game.paddleY - game.ballSize - 1;
  game.vx = 0;
  game.vy = game.speed;
}

const degrees = (game: Breakout) => (Math.atan2(game.vx, -game.vy) * 180) / Math.PI;
const speedOf = (game: Breakout) => Math.hypot(game.vx, game.vy);

describe("bricks", () => {
  test("[BR1] rows are worth 7, 7, 4, 4, 1, 1 from the top, a wall 432, both 864", () => {
    expect(ROW_VALUES).toEqual([7, 7, 4, 4, 1, 1]);
    ROW_VALUES.forEach((value, row) => {
      const lines = Array.from({ length: 8 }, (_, line) =>
        line === row ? "..#..............." : "",
      );
      const game = board(0, -5, ...lines);
      game.ballX = game.wallX + 2 * game.pitchX;
      game.ballY = game.wallY + row * game.pitchY + 12;
      expect(game.step(Action.stay)).toBe(value);
    });
    expect(ROW_VALUES.reduce((sum, value) => sum + 18 * value, 0)).toBe(MAX_SCORE / 2);
  });

  test("[BR2] a brick is removed and the ball reflects", () => {
    const game = board(0, -4, "", "", "", "", ".###.", ".###.", ".....", "..o..");
    expect(picture(game, 9)).toMatchInlineSnapshot(`
      "..................
      ..................
      ..................
      ..................
      .###..............
      .###..............
      ..................
      ..o...............
      .................."
    `);
    expect(game.step(Action.stay)).toBe(1);
    expect([game.vx, game.vy]).toEqual([0, 4]);
    expect(picture(game, 9)).toMatchInlineSnapshot(`
      "..................
      ..................
      ..................
      ..................
      .###..............
      .#.#..............
      ..o...............
      ..................
      .................."
    `);
  });

  test("[BR3] the side of a brick turns the ball sideways", () => {
    const game = board(6, 0.5, "", "", "", ".o..#.", "....#.");
    game.ballX += 20;
    expect(game.step(Action.stay)).toBe(4);
    expect([game.vx, game.vy]).toEqual([-6, 0.5]);
    expect(picture(game, 6)).toMatchInlineSnapshot(`
      "..................
      ..................
      ..................
      ...o..............
      ....#.............
      .................."
    `);
  });

  test("[BR4] one brick per contact: of two above the ball the one with more overlap goes", () => {
    const game = board(0, -4, "", "", "", "", "", ".##..", "", ".o...");
    game.ballX = game.wallX + 2 * game.pitchX - 7; // 5 of its 8 units below the left brick, 1 below the right one
    game.step(Action.stay);
    expect(picture(game, 6).split("\n")[5]).toBe("..#...............");
    expect(game.bricksLeft).toBe(1);
  });

  test("[BR5] the earliest contact wins: a side wall before the brick behind it", () => {
    const game = board(-6, -6, "", "", "", "", "", "#.....", "", "");
    game.ballX = 3;
    game.ballY = game.wallBottom + 5;
    game.step(Action.stay);
    expect(game.vx).toBeGreaterThan(0);
    expect([game.vy, game.bricksLeft]).toEqual([6, 0]);
  });

  test("[BR6] no ball is too fast for a brick: the whole way is searched", () => {
    const game = board(0, -60, "", "", "", "", "", "..#...", "", "", "", "", "..o");
    expect(game.step(Action.stay)).toBe(1);
  });
});

describe("walls", () => {
  test("[BR7] side walls and top wall reflect", () => {
    const left = board(-6, 2, "", "", "", "", "", "", "", "o");
    left.step(Action.stay);
    expect([left.vx, left.vy]).toEqual([6, 2]);
    const right = board(6, 2, "", "", "", "", "", "", "", "..................o");
    right.ballX = right.width - 10;
    right.step(Action.stay);
    expect([right.vx, right.vy]).toEqual([-6, 2]);
    const top = board(1, -6, "..o");
    top.ballY = top.ceiling + 3;
    top.step(Action.stay);
    expect([top.vx, top.vy]).toEqual([1, 6]);
  });

  test("[BR8] a corner touched on both sides lets nothing out", () => {
    for (let i = 0; i < 200; i++) {
      const game = board(-5 - i / 100, -5 - i / 100, "o");
      game.ballX = 0.1 * i;
      game.ballY = game.ceiling + 0.1 * i;
      game.step(Action.stay);
      expect(game.ballX).toBeGreaterThanOrEqual(0);
      expect(game.ballY).toBeGreaterThanOrEqual(game.ceiling);
    }
  });

  test("[BR9] the top wall shrinks the paddle about its middle; the next ball restores it", () => {
    const game = board(0, -6, "..o");
    const middle = game.paddleX + game.paddleWidth / 2;
    game.ballY = game.ceiling + 3;
    game.step(Action.stay);
    expect([game.paddleWidth, game.paddleX + game.paddleWidth / 2]).toEqual([42, middle]);
    game.ballY = game.ceiling + 3;
    game.vy = -6;
    game.step(Action.stay);
    expect(game.paddleX + game.paddleWidth / 2).toBe(middle);
    loseBall(game);
    expect(game.paddleWidth).toBe(62);
  });
});

describe("the paddle", () => {
  test("[BR10] moves 28 units per decision and stops at the side walls", () => {
    const game = board(0, -1, "", "", "", "", "", "", "", "..o");
    const from = game.paddleX;
    game.step(Action.left);
    expect(game.paddleX).toBeCloseTo(from - 28, 9);
    game.step(Action.right);
    game.step(Action.stay);
    expect(game.paddleX).toBeCloseTo(from, 9);
    for (let i = 0; i < 10; i++) game.step(Action.left);
    expect(game.paddleX).toBe(0);
    for (let i = 0; i < 20; i++) game.step(Action.right);
    expect(game.paddleX).toBe(game.width - game.paddleWidth);
  });

  test.each([
    ["classic", [-50, -25, 5, 25, 50], [-0.05, 0.25, 0.5, 0.75, 1.05]],
    ["puffer", [-45, -22.5, 0, 22.5, 45, 54], [0, 0.25, 0.5, 0.75, 1, 1.1]],
  ] as const)(
    "[BR11] %s: the rebound angle depends on the point of contact alone",
    (variant, angles, points) => {
      points.forEach((along, i) => {
        const game = fresh(variant);
        overPaddle(game, along);
        game.vx = 1e-9;
        game.step(Action.stay);
        expect(degrees(game)).toBeCloseTo(angles[i], 6);
        expect(speedOf(game)).toBeCloseTo(game.speedSlow, 9);
      });
    },
  );

  test("[BR12] every fourth hit makes the ball faster from the next hit on, up to the fastest", () => {
    for (const variant of ["classic", "puffer"] as const) {
      const game = fresh(variant);
      const speeds: number[] = [];
      for (let hit = 1; hit <= 18; hit++) {
        overPaddle(game, 0.5);
        game.step(Action.stay);
        speeds.push(Math.round(60 * speedOf(game)));
      }
      const [slow, raise] = [60 * game.speedSlow, 60 * game.speedRaise];
      const expected = speeds.map((_, i) =>
        Math.round(slow + raise * Math.min(3, Math.floor(i / 4))),
      );
      expect(speeds).toEqual(expected);
      expect(speeds[17]).toBe(Math.round(60 * game.speedFast));
    }
  });

  test("[BR13] a brick of the top three rows brings full speed: at once, in `puffer` at the next paddle hit", () => {
    const brick = (game: Breakout, row: number) => {
      game.ballsFired = 1;
      game.ballX = game.wallX + 9 * game.pitchX;
      game.ballY = game.wallY + row * game.pitchY + game.brickHeight + 1;
      for (let below = row + 1; below < 6; below++)
        game.bricks.fill(1, below * 18, below * 18 + 18);
      [game.vx, game.vy] = [0, -4];
      game.step(Action.stay);
      return speedOf(game);
    };
    expect([0, 2, 3].map((row) => brick(fresh(), row))).toEqual([7, 7, 4]);
    const puffer = fresh("puffer");
    expect(brick(puffer, 2)).toBe(4);
    overPaddle(puffer, 0.5);
    puffer.step(Action.stay);
    expect(60 * speedOf(puffer)).toBeCloseTo(448, 9);
  });
});

describe("rounds", () => {
  test("[BR14] the first tick serves by itself, downwards, and ignores the action", () => {
    for (const variant of ["classic", "puffer"] as const) {
      const sides = new Set<number>();
      for (let seed = 0; seed < 30; seed++) {
        const game = fresh(variant, seed);
        const middle = game.paddleX;
        game.step(Action.left);
        expect(game.paddleX).toBeCloseTo(middle - 3 * game.paddleSpeed, 9);
        expect(game.vy).toBeGreaterThan(0);
        expect(speedOf(game)).toBeCloseTo(game.speedSlow, 9);
        sides.add(Math.sign(game.vx));
      }
      expect(sides).toEqual(new Set([-1, 1]));
    }
    const puffer = fresh("puffer");
    expect([puffer.ballX, puffer.ballY]).toEqual([272, 135]);
    puffer.step(Action.stay);
    expect(Math.abs(degrees(puffer))).toBeCloseTo(180 - 180 / 3.25, 9);
  });

  test("[BR15] the game ends with the last ball: the fifth, in `puffer` the sixth", () => {
    for (const [variant, balls] of [
      ["classic", 5],
      ["puffer", 6],
    ] as const) {
      const game = fresh(variant);
      for (let ball = 1; ball <= balls; ball++) {
        expect(game.terminated).toBe(false);
        game.speed = game.speedFast;
        loseBall(game);
        expect(game.speed).toBe(game.speedSlow);
      }
      expect(game.terminated).toBe(true);
    }
  });

  test("lives are the balls left", () => {
    const game = fresh("classic");
    const lives = Array.from({ length: 5 }, () => {
      const before = game.lives;
      loseBall(game);
      return [before, game.lives];
    });
    expect(lives).toEqual([
      [5, 4],
      [4, 3],
      [3, 2],
      [2, 1],
      [1, 0],
    ]);
  });

  test("[BR16] a cleared wall is built anew at the next paddle hit; 864 points end the game", () => {
    const game = board(0, -4, "", "", "", "", "", "..#...", "", "..o");
    game.score = 431;
    expect(game.step(Action.stay)).toBe(1);
    expect([game.bricksLeft, game.terminated]).toEqual([0, false]);
    overPaddle(game, 0.5);
    game.step(Action.stay);
    expect(game.bricksLeft).toBe(BRICKS);

    const last = board(0, -4, "", "", "", "", "", "..#...", "", "..o");
    last.score = 863;
    expect(last.step(Action.stay)).toBe(1);
    expect([last.score, last.terminated]).toEqual([864, true]);
  });
});

/** Lets the ball fall past the paddle. */
function loseBall(game: Breakout): void {
  game.ballsFired = 1;
  game.ballX = game.paddleX > game.width / 3 ? 10 : game.width - game.ballSize - 10;
  game.ballY = game.paddleY + game.paddleHeight - 1;
  [game.vx, game.vy] = [0, 2];
  game.step(Action.stay);
}

describe("the observation", () => {
  test("shows paddle, ball, counts and bricks", () => {
    const game = fresh("puffer");
    game.step(Action.stay);
    game.bricks[107] = 1;
    const values = new Float32Array(118);
    game.observe(values, 0);
    const named = Array.from(values.subarray(0, 10), (value) => Number(value.toFixed(4)));
    expect(named).toMatchInlineSnapshot(`
      [
        0.4462,
        0.9455,
        0.4966,
        0.4385,
        0.0069,
        0.0047,
        0.2,
        0,
        1,
        1,
      ]
    `);
    expect(values.subarray(10)).toEqual(game.bricks);
  });

  test("velocities are about 1 in `classic`, about 0.01 in `puffer`, as the spec's scale says", () => {
    for (const [variant, scale] of [
      ["classic", 1],
      ["puffer", 0.02],
    ] as const) {
      const game = fresh(variant);
      game.step(Action.stay);
      const values = new Float32Array(118);
      game.observe(values, 0);
      const { scale: scales = [] } = game.spec.observation;
      expect([scales[4], scales[5]]).toEqual([scale, scale]);
      const size = Math.hypot(values[4], values[5]) / scale;
      expect(size).toBeGreaterThan(0.3);
      expect(size).toBeLessThan(1.5);
    }
  });
});
