import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { asText } from "../../text-canvas.js";
import { Snake, snake } from "./snake.js";

const [up, right, down, left] = [0, 1, 2, 3];

test("keeps the contract of games", () => {
  expect(checkGame(snake).failures).toEqual([]);
});

function fresh(food: number, seed = 1): Snake {
  const game = new Snake();
  game.seed(seed);
  game.reset();
  game.food = food;
  return game;
}

const picture = (game: Snake) =>
  asText(game, { cellWidth: 1, cellHeight: 1, letters: { 13715803: "*", 16777215: "@" } });

test("it moves, eats and grows at the tail's end", () => {
  const game = fresh(57);
  expect([game.step(right), game.step(right), game.length]).toEqual([0, 1, 4]);
  game.food = 0;
  expect(picture(game)).toMatchInlineSnapshot(`
    "*.........
    ..........
    ..........
    ..........
    ..........
    ....###@..
    ..........
    ..........
    ..........
    .........."
  `);
  game.step(up);
  expect(picture(game).split("\n").slice(4, 6)).toEqual([".......@..", ".....###.."]);
});

test("the direction opposite to its own is ignored", () => {
  const game = fresh(0);
  game.step(left);
  expect([game.headX, game.headY, game.terminated]).toEqual([6, 5, false]);
});

test("the wall ends it", () => {
  const game = fresh(0);
  for (let i = 0; i < 4; i++) game.step(right);
  expect(game.terminated).toBe(false);
  expect(game.step(right)).toBe(0);
  expect(game.terminated).toBe(true);
});

test("its own body ends it, the cell that the tail leaves does not", () => {
  const square = fresh(56);
  square.step(right);
  square.food = 0;
  for (const action of [down, left, up]) square.step(action);
  expect(square.terminated).toBe(false);
  square.food = square.headY * 10 + square.headX + 1;
  const grown = fresh(56);
  for (const food of [56, 57]) {
    grown.food = food;
    grown.step(right);
  }
  grown.food = 0;
  for (const action of [down, left, up]) grown.step(action);
  expect(grown.terminated).toBe(true);
});

test("200 decisions without food end it", () => {
  const game = fresh(0);
  const lap = [down, left, up, right];
  let steps = 0;
  for (; !game.terminated; steps++) game.step(lap[steps % 4]);
  expect(steps).toBe(200);
});

test("food appears in every free cell and never on the snake", () => {
  const game = fresh(0, 3);
  const seen = new Set<number>();
  for (let i = 0; i < 3000; i++) {
    game.reset();
    expect(game.body[game.food]).toBe(0);
    seen.add(game.food);
  }
  expect(seen.size).toBe(97);
});

test("a full board is a win: 97 points", () => {
  const game = fresh(0);
  let total = 0;
  // A way through all cells and back: along row 0 to the left, down column 0, then up and down.
  const next = (x: number, y: number): number => {
    if (y === 0) return x === 0 ? down : left;
    if (x % 2 === 0) return y === 9 ? right : down;
    return y === 1 && x < 9 ? right : up;
  };
  while (!game.terminated) {
    let action = next(game.headX, game.headY);
    if (action === (game.direction + 2) % 4) action = down;
    game.hunger = 0;
    total += game.step(action);
  }
  expect([total, game.food]).toEqual([97, -1]);
});
