import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { asText } from "../../text-canvas.js";
import { Pong, pong } from "./pong.js";

const [stay, up, down] = [0, 1, 2];

test("keeps the contract of games", () => {
  expect(checkGame(pong).failures).toEqual([]);
});

function fresh(state: Partial<Pong> = {}, seed = 1): Pong {
  const game = new Pong();
  game.seed(seed);
  game.reset();
  return Object.assign(game, state);
}

/** Follows the ball as well as the paddle can. */
const follow = (game: Pong) =>
  game.ballY < game.playerY - 3 ? up : game.ballY > game.playerY + 3 ? down : stay;

test("the service goes to either side, from the middle, within 30 degrees of level", () => {
  const sides = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const game = fresh({}, seed);
    sides.add(Math.sign(game.velocityX));
    expect([game.ballX, game.ballY]).toEqual([80, 60]);
    expect(Math.hypot(game.velocityX, game.velocityY)).toBeCloseTo(90, 9);
    expect(Math.abs(game.velocityY)).toBeLessThanOrEqual(45);
  }
  expect([...sides].sort()).toEqual([-1, 1]);
});

test.each([
  ["level from the paddle's middle", 60, 0],
  ["50 degrees down from its lower end", 48, 50],
  ["50 degrees up from its upper end", 72, -50],
])("the ball leaves %s, 6 %% faster", (_, playerY, degrees) => {
  const game = fresh({ ballX: 145, ballY: 60, velocityX: 100, velocityY: 0, playerY });
  expect(game.step(stay)).toBe(0);
  expect(Math.hypot(game.velocityX, game.velocityY)).toBeCloseTo(106, 9);
  expect(game.velocityX).toBeLessThan(0);
  expect((Math.atan2(game.velocityY, -game.velocityX) * 180) / Math.PI).toBeCloseTo(degrees, 9);
});

test("a ball beside the paddle is a point lost, and the next service comes to the player", () => {
  const game = fresh({ ballX: 150, ballY: 20, velocityX: 200, velocityY: 0, playerY: 100 });
  const rewards = [game.step(stay), game.step(stay)];
  expect(rewards).toContain(-1);
  expect([game.won, game.lost, game.velocityX > 0]).toEqual([0, 1, true]);
});

test("the walls throw the ball back, the paddles stop at them", () => {
  const game = fresh({ ballX: 80, ballY: 3, velocityX: 50, velocityY: -90, playerY: 12 });
  game.step(up);
  expect(game.velocityY).toBe(90);
  expect(game.ballY).toBeGreaterThan(2);
  expect(game.playerY).toBe(10);
});

test("who stays put loses 21 to nothing, who follows the ball does better", () => {
  const idle = fresh();
  let total = 0;
  while (!idle.terminated) total += idle.step(stay);
  expect(idle.lost).toBe(21);
  const keen = fresh();
  let better = 0;
  while (!keen.terminated) better += keen.step(follow(keen));
  expect(better).toBeGreaterThan(total);
});

test("the speed is limited", () => {
  const game = fresh({ ballX: 145, ballY: 60, velocityX: 219, velocityY: 0, playerY: 60 });
  game.step(stay);
  expect(Math.hypot(game.velocityX, game.velocityY)).toBeCloseTo(220, 9);
});

test("the picture shows court, paddles and ball", () => {
  const game = fresh({ ballX: 50, ballY: 40, computerY: 30, playerY: 90 });
  const letters = { 16089674: "C", 5951999: "P", 16777215: "o", 4739178: ":" };
  expect(asText(game, { cellWidth: 4, cellHeight: 8, letters })).toMatchInlineSnapshot(`
    "....................:...................
    .............0......:...0...............
    ..C.................:...................
    ..C.................:...................
    ..C.................:...................
    ............o.......:...................
    ....................:...................
    ....................:...................
    ....................:...................
    ....................:...................
    ....................:................P..
    ....................:................P..
    ....................:...................
    ....................:...................
    ....................:..................."
  `);
});
