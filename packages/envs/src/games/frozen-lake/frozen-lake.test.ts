import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { asText } from "../../text-canvas.js";
import { FrozenLake, frozenLake } from "./frozen-lake.js";

const [left, down, right, up] = [0, 1, 2, 3];

test.each(frozenLake.variants)("%s keeps the contract of games", (variant) => {
  expect(checkGame(frozenLake, { variant }).failures).toEqual([]);
});

function fresh(variant: string, seed = 1): FrozenLake {
  const game = new FrozenLake(variant);
  game.seed(seed);
  game.reset();
  return game;
}

test("the maps, as pictures", () => {
  const letters = { 1915731: "H", 15909198: "G", 13715803: "S" };
  const picture = (variant: string) =>
    asText(fresh(variant), { cellWidth: 1, cellHeight: 1, letters });
  expect(picture("dry")).toBe(["S...", ".H.H", "...H", "H..G"].join("\n"));
  expect(picture("dry-8x8").split("\n")).toEqual([
    "S.......",
    "........",
    "...H....",
    ".....H..",
    "...H....",
    ".HH...H.",
    ".H..H.H.",
    "...H...G",
  ]);
});

test("dry: the way round the holes reaches the goal for 1, a hole ends with 0", () => {
  const game = fresh("dry");
  expect([down, down, right, right, down, right].map((action) => game.step(action))).toEqual([
    0, 0, 0, 0, 0, 1,
  ]);
  expect(game.terminated).toBe(true);
  game.reset();
  expect([game.step(right), game.step(down), game.terminated]).toEqual([0, 0, true]);
});

test("at the edge the walker stays", () => {
  const game = fresh("dry");
  for (const action of [left, up]) game.step(action);
  expect([game.row, game.column]).toEqual([0, 0]);
});

test("slippery: a third each of the direction meant and of both sides, never back", () => {
  const game = fresh("slippery", 5);
  const seen = [0, 0, 0, 0];
  for (let i = 0; i < 3000; i++) {
    Object.assign(game, { row: 2, column: 1, terminated: false });
    game.step(down);
    seen[game.column === 0 ? left : game.row === 3 ? down : game.column === 2 ? right : up]++;
  }
  expect(seen[up]).toBe(0);
  for (const way of [left, down, right]) expect(Math.abs(seen[way] - 1000)).toBeLessThan(100);
});
