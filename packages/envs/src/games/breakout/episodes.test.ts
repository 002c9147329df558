/**
 * Whole episodes of Breakout: the contract, a scripted player that clears both walls, and golden
 * trajectories.
 */
import { describe, expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { key } from "../../key.js";
import { checksum } from "../../state.js";
import { Action, type Breakout, MAX_SCORE } from "./breakout.js";
import { breakout } from "./definition.js";

function fresh(variant: string, seed: number): Breakout {
  const game = breakout.create(variant) as Breakout;
  game.seed(seed);
  game.reset();
  return game;
}

describe("whole episodes", () => {
  test.each(breakout.variants)("%s keeps the contract of games", (variant) => {
    expect(checkGame(breakout, { variant }).failures).toEqual([]);
  });

  test.each(breakout.variants)("%s: a scripted player clears both walls", (variant) => {
    for (let seed = 0; seed < 10; seed++) {
      const game = fresh(variant, key(5).child("play", seed).toSeed());
      const { total, length } = playWell(game);
      expect(total).toBe(MAX_SCORE);
      expect(length).toBeLessThan(7000);
    }
  });

  // HINT: these values belong to version 1 of the rules. If they change on purpose, raise VERSION in definition.ts.
  test.each([
    ["classic", 1, 9, "4fbdad21"],
    ["puffer", 1, 11, "80ab9d72"],
  ] as const)("%s: golden trajectory of version %i", (variant, version, total, sum) => {
    const game = fresh(variant, 2024);
    expect(game.spec.version).toBe(version);
    expect({ total: playWell(game, 200).total, sum: checksum(game).toString(16) }).toEqual({
      total,
      sum,
    });
  });
});

/**
 * Plays by looking ahead: when the ball falls, the paddle goes to where it will land, a little
 * beside its middle so that no path repeats for ever.
 */
function playWell(
  game: Breakout,
  limit: number = game.spec.maxSteps,
): { total: number; length: number } {
  let total = 0;
  let length = 0;
  let aim = 0;
  let falling = false;
  for (; !game.terminated && length < limit; length++) {
    const reach = 4 * game.paddleSpeed;
    if (game.vy > 0 && !falling) {
      const room = (game.paddleWidth + game.ballSize - reach) / 2;
      aim = 0.5 * room * (((length * 0.618034) % 1) * 2 - 1);
    }
    falling = game.vy > 0;
    const target = landing(game) + game.ballSize / 2 + aim;
    const distance = target - game.paddleX - game.paddleWidth / 2;
    const still = Math.abs(distance) < reach / 2;
    total += game.step(still ? Action.stay : distance < 0 ? Action.left : Action.right);
  }
  return { total, length };
}

/**
 * The ball's x at the paddle, side walls reflected, bricks ignored; its present x while it rises.
 */
function landing(game: Breakout): number {
  if (game.vy <= 0) return game.ballX;
  const time = (game.paddleY - game.ballSize - game.ballY) / game.vy;
  const width = game.width - game.ballSize;
  const x = Math.abs(game.ballX + game.vx * time) % (2 * width);
  return x > width ? 2 * width - x : x;
}
