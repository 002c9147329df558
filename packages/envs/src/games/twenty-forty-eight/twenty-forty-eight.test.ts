import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { TwentyFortyEight, twentyFortyEight } from "./twenty-forty-eight.js";

const [up, right, down, left] = [0, 1, 2, 3];

test("keeps the contract of games", () => {
  expect(checkGame(twentyFortyEight).failures).toEqual([]);
});

/** A board out of four rows of values; what a move makes of it but for the new tile. */
function board(rows: number[][]): TwentyFortyEight {
  const game = new TwentyFortyEight();
  game.seed(1);
  game.reset();
  game.tiles.set(rows.flat().map((value) => (value === 0 ? 0 : Math.log2(value))));
  return game;
}

function valuesOf(game: TwentyFortyEight): number[][] {
  const values = [...game.tiles].map((tile) => (tile === 0 ? 0 : 2 ** tile));
  return [0, 4, 8, 12].map((at) => values.slice(at, at + 4));
}

test.each([
  ["tiles slide to the side", [0, 2, 0, 4], [2, 4, 0, 0], 0],
  ["equal tiles that meet become one", [2, 0, 2, 0], [4, 0, 0, 0], 4],
  ["only once in a move", [2, 2, 4, 0], [4, 4, 0, 0], 4],
  ["pairs from the side on", [2, 2, 2, 2], [4, 4, 0, 0], 8],
  ["of three the two nearest the side", [0, 8, 8, 8], [16, 8, 0, 0], 16],
])("%s", (_, before, after, reward) => {
  const zeros = [0, 0, 0, 0];
  const game = board([before, zeros, zeros, [2, 4, 2, 4]]);
  expect(game.step(left)).toBe(reward);
  expect(valuesOf(game)[0].slice(0, after.filter((value) => value > 0).length)).toEqual(
    after.filter((value) => value > 0),
  );
});

test("all four directions", () => {
  const rows = [
    [2, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [2, 0, 0, 4],
  ];
  const ends = [up, right, down, left].map((action) => {
    const game = board(rows);
    const reward = game.step(action);
    return [reward, game.tiles[0], game.tiles[3], game.tiles[12], game.tiles[15]];
  });
  expect(ends[0].slice(0, 3)).toEqual([4, 2, 2]);
  expect(ends[1][0]).toBe(0);
  expect(ends[1][2]).toBe(1);
  expect([ends[2][0], ends[2][3], ends[2][4]]).toEqual([4, 2, 2]);
  expect([ends[3][0], ends[3][1]]).toEqual([0, 1]);
});

test("a move that changes nothing adds no tile, and a hundred of them end the game", () => {
  const game = board([
    [2, 4, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
  for (let i = 0; i < 99; i++) game.step(i % 2 === 0 ? left : up);
  expect([valuesOf(game)[0], game.terminated]).toEqual([[2, 4, 0, 0], false]);
  game.step(left);
  expect(game.terminated).toBe(true);
});

test("it ends when no move is left", () => {
  const game = board([
    [2, 4, 2, 4],
    [4, 2, 4, 2],
    [2, 4, 2, 4],
    [4, 2, 8, 8],
  ]);
  expect(game.step(left)).toBe(16);
  const full = game.tiles.every((tile) => tile > 0);
  expect([full, game.terminated]).toEqual([true, true]);
});

test("nine new tiles in ten are 2, the others 4, in every cell", () => {
  const game = new TwentyFortyEight();
  game.seed(7);
  const counts = [0, 0, 0];
  const cells = new Set<number>();
  for (let i = 0; i < 3000; i++) {
    game.reset();
    game.tiles.forEach((tile, cell) => {
      counts[tile]++;
      if (tile > 0) cells.add(cell);
    });
  }
  expect(counts[1] + counts[2]).toBe(6000);
  expect(Math.abs(counts[1] - 5400)).toBeLessThan(150);
  expect(cells.size).toBe(16);
});
