/** The four grid games: conformance and each rule. */
import { describe, expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import type { Game } from "../../game.js";
import { MiniAsterix, miniAsterix } from "./mini-asterix.js";
import { MiniBreakout, miniBreakout } from "./mini-breakout.js";
import { MiniFreeway, miniFreeway } from "./mini-freeway.js";
import { MiniInvaders, miniInvaders } from "./mini-invaders.js";

test.each([miniAsterix, miniBreakout, miniFreeway, miniInvaders])(
  "$id keeps the contract of games",
  (definition) => {
    expect(checkGame(definition).failures).toEqual([]);
  },
);

function started<G extends Game>(game: G, state: Partial<G> = {}): G {
  game.seed(1);
  game.reset();
  return Object.assign(game, state);
}

/** For each value that a cell has, the cells where it is 1, `x,y`. */
function planes(game: Game): string[][] {
  const { size, shape } = game.spec.observation;
  const values = new Float32Array(size);
  game.observe(values, 0);
  return Array.from({ length: shape[2] }, (_, plane) =>
    Array.from({ length: 100 }, (_, cell) => cell)
      .filter((cell) => values[cell * shape[2] + plane] === 1)
      .map((cell) => `${cell % 10},${Math.floor(cell / 10)}`),
  );
}

describe("mini-breakout", () => {
  const fly = (state: Partial<MiniBreakout>, action = 0) => {
    const game = started(new MiniBreakout());
    game.bricks.fill(0);
    Object.assign(game, state);
    return { game, reward: game.step(action) };
  };

  test("starts with three rows of bricks and the ball at an edge, on its way down", () => {
    const [paddle, ball, trail, bricks] = planes(started(new MiniBreakout()));
    expect([paddle, bricks.length]).toEqual([["4,9"], 30]);
    expect(["0,3", "9,3"]).toContain(ball[0]);
    expect(trail).toEqual(ball);
  });

  test("the walls turn it to the side, the ceiling down", () => {
    const side = fly({ ballX: 9, ballY: 5, directionX: 1, directionY: 1 }).game;
    expect([side.ballX, side.ballY, side.directionX, side.directionY]).toEqual([9, 6, -1, 1]);
    const top = fly({ ballX: 4, ballY: 0, directionX: 1, directionY: -1 }).game;
    expect([top.ballX, top.ballY, top.directionY]).toEqual([5, 0, 1]);
  });

  test("a brick gives 1 and turns the ball, a second one at once does not", () => {
    const game = started(new MiniBreakout(), { ballX: 3, ballY: 4, directionX: 1, directionY: -1 });
    expect(game.step(0)).toBe(1);
    expect([game.ballX, game.ballY, game.directionY, game.struck]).toEqual([4, 4, 1, true]);
    expect(game.bricks[3 * 10 + 4]).toBe(0);
    Object.assign(game, { ballX: 5, ballY: 4, directionX: 1, directionY: -1 });
    expect(game.step(0)).toBe(0);
    expect(game.bricks[3 * 10 + 6]).toBe(1);
  });

  test("the paddle's cell throws it up, the cell that it has gone to throws it back, else it ends", () => {
    const down = { ballX: 4, ballY: 8, directionX: 1, directionY: 1 };
    const up = fly({ ...down, paddleX: 4 }).game;
    expect([up.ballX, up.ballY, up.directionX, up.directionY]).toEqual([5, 8, 1, -1]);
    const back = fly({ ...down, paddleX: 6 }, 1).game;
    expect([back.ballX, back.ballY, back.directionX, back.directionY]).toEqual([5, 8, -1, -1]);
    expect(fly({ ...down, paddleX: 8 }).game.terminated).toBe(true);
  });

  test("cleared bricks are laid anew when the ball comes to row 9", () => {
    const { game } = fly({ ballX: 4, ballY: 8, directionX: 1, directionY: 1, paddleX: 4 });
    expect(planes(game)[3]).toHaveLength(30);
  });
});

describe("mini-freeway", () => {
  test("the chicken moves every third decision and scores at the top", () => {
    const game = started(new MiniFreeway());
    const rows: number[] = [];
    for (let i = 0; i < 8; i++) {
      game.carX.fill(9);
      game.step(1);
      rows.push(game.chickenY);
    }
    expect(rows).toEqual([9, 9, 9, 8, 8, 8, 7, 7]);
    Object.assign(game, { chickenY: 1, rest: 0 });
    const before = [...game.pace, ...game.direction].join();
    expect(game.step(1)).toBe(1);
    expect(game.chickenY).toBe(9);
    expect([...game.pace, ...game.direction].join()).not.toBe(before);
  });

  test("a car takes the chicken back, also one that drives into it", () => {
    const game = started(new MiniFreeway(), { chickenY: 5 });
    game.carX.fill(9);
    game.carX[4] = 3;
    game.direction[4] = 1;
    game.wait[4] = 0;
    game.step(0);
    expect(game.chickenY).toBe(9);
  });

  test("a car of pace k moves every k + 1st decision, and enters at the other side", () => {
    const game = started(new MiniFreeway());
    game.pace[2] = 3;
    game.wait[2] = 0;
    game.direction[2] = -1;
    game.carX[2] = 1;
    const columns = Array.from({ length: 9 }, () => {
      game.step(0);
      return game.carX[2];
    });
    expect(columns).toEqual([0, 0, 0, 0, 9, 9, 9, 9, 8]);
  });

  test("the cell behind a car lies in the plane of its pace", () => {
    const game = started(new MiniFreeway());
    game.pace.fill(5);
    game.direction.fill(1);
    game.carX.set([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(planes(game).map((plane) => plane.length)).toEqual([1, 8, 0, 0, 0, 0, 8]);
    expect(planes(game)[6][0]).toBe("9,1");
  });
});

describe("mini-asterix", () => {
  const withThing = (kind: number, x: number, direction = 1) => {
    const game = started(new MiniAsterix());
    game.kind[4] = kind;
    game.thingX[4] = x;
    game.direction[4] = direction;
    return game;
  };

  test("treasure gives 1 and is gone, an enemy ends the game", () => {
    const rich = withThing(2, 6);
    expect([rich.step(3), rich.terminated, rich.kind[4]]).toEqual([1, false, 0]);
    const dead = withThing(1, 6);
    expect([dead.step(3), dead.terminated]).toEqual([0, true]);
  });

  test("what runs into the player counts, too", () => {
    const game = withThing(1, 4);
    game.moveWait = 0;
    game.step(0);
    expect(game.terminated).toBe(true);
  });

  test("something comes every 10th decision and moves every 5th, out at the other side", () => {
    const game = started(new MiniAsterix(), { playerY: 1 });
    let arrived = -1;
    for (let i = 0; i < 30 && arrived < 0; i++) {
      game.step(0);
      if (game.kind.some((kind) => kind > 0)) arrived = i;
    }
    expect(arrived).toBe(10);
    const gone = withThing(1, 9);
    gone.playerY = 1;
    gone.moveWait = 0;
    gone.step(0);
    expect(gone.kind[4]).toBe(0);
  });

  test("it gets faster", () => {
    const game = started(new MiniAsterix());
    for (let i = 0; i < 2000; i++) {
      game.kind.fill(0);
      game.step(0);
    }
    expect([game.spawnTime, game.moveTime]).toEqual([1, 1]);
  });

  test("a third of what comes is treasure, in every row and from both sides", () => {
    const game = started(new MiniAsterix());
    const counts = [0, 0, 0];
    const rows = new Set<string>();
    for (let i = 0; i < 30_000; i++) {
      game.kind.fill(0);
      Object.assign(game, { playerX: 5, spawnWait: 0, moveWait: 9, terminated: false });
      game.step(0);
      game.kind.forEach((kind, slot) => {
        if (kind > 0) {
          counts[kind]++;
          rows.add(`${slot} ${game.direction[slot]}`);
        }
      });
    }
    expect(Math.abs(counts[2] / (counts[1] + counts[2]) - 1 / 3)).toBeLessThan(0.02);
    expect(rows.size).toBe(16);
  });
});

describe("mini-invaders", () => {
  test("a wave of 24, the cannon below", () => {
    const [cannon, aliens, left, right] = planes(started(new MiniInvaders()));
    expect([cannon, aliens.length, left.length, right.length]).toEqual([["5,9"], 24, 24, 0]);
  });

  test("a shot rises, takes an alien for 1, and the cannon needs five decisions", () => {
    const game = started(new MiniInvaders());
    const rewards = [3, 3, 0, 0, 0, 0].map((action) => game.step(action));
    expect(rewards).toEqual([0, 0, 0, 0, 0, 1]);
    expect([planes(game)[1].length, planes(game)[4].length]).toEqual([23, 0]);
  });

  test("they move every 12th decision, come down and turn at the edge", () => {
    const game = started(new MiniInvaders(), { cannonX: 0 });
    const moves: string[] = [];
    for (let i = 0; i < 52; i++) {
      game.alienShots.fill(0);
      const before = [...game.aliens].indexOf(1);
      game.step(0);
      const after = [...game.aliens].indexOf(1);
      if (after !== before) moves.push(`${i}: ${before} to ${after}`);
    }
    expect(moves).toEqual(["12: 2 to 1", "24: 1 to 0", "36: 0 to 10", "48: 10 to 11"]);
  });

  test("every 10th decision the lowest alien nearest to the cannon shoots; the shot ends it", () => {
    const game = started(new MiniInvaders(), { cannonX: 9 });
    for (let i = 0; i < 11; i++) game.step(0);
    expect(planes(game)[5]).toEqual(["7,3"]);
    game.cannonX = 7;
    let steps = 0;
    for (; !game.terminated; steps++) game.step(0);
    expect(steps).toBe(6);
  });

  test("a cleared wave is followed by a quicker one", () => {
    const game = started(new MiniInvaders());
    game.aliens.fill(0);
    game.aliens[3 * 10 + 5] = 1;
    game.shots[4 * 10 + 5] = 1;
    expect(game.step(0)).toBe(1);
    expect([planes(game)[1].length, game.moveTime]).toEqual([24, 11]);
  });

  test("an alien in the bottom row that would come down ends it", () => {
    const game = started(new MiniInvaders(), { cannonX: 9, moveWait: 0 });
    game.aliens.fill(0);
    game.aliens[90] = 1;
    game.step(0);
    expect(game.terminated).toBe(true);
  });
});
