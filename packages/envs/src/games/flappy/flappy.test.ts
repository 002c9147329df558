import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { asText } from "../../text-canvas.js";
import { Flappy, flappy } from "./flappy.js";

const [fall, flap] = [0, 1];

test("keeps the contract of games", () => {
  expect(checkGame(flappy).failures).toEqual([]);
});

function fresh(seed = 1): Flappy {
  const game = new Flappy();
  game.seed(seed);
  game.reset();
  return game;
}

/** Flaps whenever the bird is below a little under the next gap's middle. */
const pilot = (game: Flappy) => (game.y > game.gapY[0] + 15 ? flap : fall);

test("a tick falls faster by one, to 10 at most; a flap sets -9", () => {
  const game = fresh();
  game.step(fall);
  expect([game.y, game.speed]).toEqual([203, 2]);
  game.step(flap);
  expect([game.y, game.speed]).toEqual([203 - 9 - 8, -8]);
  Object.assign(game, { y: 100, speed: 10 });
  game.step(fall);
  expect([game.y, game.speed]).toEqual([120, 10]);
});

test.each([
  ["the ground", { y: 387, speed: 0 }, fall],
  ["the ceiling", { y: 14, speed: 0 }, flap],
])("%s ends it", (_, state, action) => {
  const game = Object.assign(fresh(), state);
  expect(game.step(action)).toBe(0);
  expect(game.terminated).toBe(true);
});

test("a pipe ends it, its gap does not, and behind it there is a point", () => {
  const above = fresh();
  above.pipeX.set([60, 240, 420]);
  above.gapY[0] = above.y + 60;
  above.step(fall);
  expect(above.terminated).toBe(true);
  const through = fresh();
  through.pipeX.set([0, 180, 360]);
  through.gapY[0] = through.y;
  expect([through.step(fall), through.step(fall)]).toEqual([1, 0]);
  expect(through.terminated).toBe(false);
  expect(through.pipeX[2] - through.pipeX[1]).toBe(180);
});

test("doing nothing passes no pipe; a simple pilot passes many", () => {
  const idle = fresh();
  let none = 0;
  while (!idle.terminated) none += idle.step(fall);
  expect(none).toBe(0);
  let points = 0;
  for (let seed = 0; seed < 10; seed++) {
    const game = fresh(seed);
    for (let i = 0; i < 2000 && !game.terminated; i++) points += game.step(pilot(game));
  }
  expect(points).toBeGreaterThan(200);
});

test("the picture shows bird and pipes", () => {
  const game = fresh();
  game.pipeX.set([120, 300, 480]);
  game.gapY.set([150, 200, 250]);
  expect(asText(game, { cellWidth: 12, cellHeight: 24 })).toMatchInlineSnapshot(`
    "..........####..........
    ..........####..........
    ..........####..........
    ..........####..........
    ........................
    ........................
    ........................
    ........................
    ....oo..................
    ..........####..........
    ..........####..........
    ..........####..........
    ..........####..........
    ..........####..........
    ..........####..........
    ..........####..........
    ..........####.........."
  `);
});
