import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { asText } from "../../text-canvas.js";
import { Catch, catchGame } from "./catch.js";

function fresh(seed: number): Catch {
  const game = new Catch();
  game.seed(seed);
  game.reset();
  return game;
}

test("keeps the contract of games", () => {
  expect(checkGame(catchGame).failures).toEqual([]);
});

test("the ball starts in every column of the top row, the paddle in the middle", () => {
  const columns = new Set<number>();
  for (let seed = 0; seed < 60; seed++) {
    const game = fresh(seed);
    columns.add(game.ballX);
    expect([game.ballY, game.paddleX]).toEqual([0, 2]);
  }
  expect([...columns].sort()).toEqual([0, 1, 2, 3, 4]);
});

test("a ball under which the paddle stands after nine decisions gives 1, another -1, before 0", () => {
  const moves = { left: 0, stay: 1, right: 2 };
  for (let seed = 0; seed < 20; seed++) {
    for (const goal of [0, 1, 2, 3, 4]) {
      const game = fresh(seed);
      const rewards: number[] = [];
      while (!game.terminated) {
        const move =
          goal < game.paddleX ? moves.left : goal > game.paddleX ? moves.right : moves.stay;
        rewards.push(game.step(move));
      }
      expect(rewards).toEqual([0, 0, 0, 0, 0, 0, 0, 0, goal === game.ballX ? 1 : -1]);
    }
  }
});

test("the paddle stops at the edge, and the picture shows it", () => {
  const game = fresh(1);
  for (let i = 0; i < 4; i++) game.step(0);
  expect(asText(game, { cellWidth: 1, cellHeight: 1 })).toMatchInlineSnapshot(`
    ".....
    .....
    .....
    .....
    ....o
    .....
    .....
    .....
    .....
    #...."
  `);
});

test("the observation has one cell for the ball and one for the paddle", () => {
  const game = fresh(1);
  game.step(2);
  const values = new Float32Array(50).fill(7);
  game.observe(values, 0);
  const ones = [...values].flatMap((value, i) => (value === 1 ? [i] : []));
  expect(ones).toEqual([5 + game.ballX, 48]);
  expect(values.reduce((sum, value) => sum + value, 0)).toBe(2);
});
