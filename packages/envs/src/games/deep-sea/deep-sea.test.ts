import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { asText } from "../../text-canvas.js";
import { DeepSea, deepSea, rightAction } from "./deep-sea.js";

test.each(deepSea.variants)("%s keeps the contract of games", (variant) => {
  expect(checkGame(deepSea, { variant }).failures).toEqual([]);
});

function dive(
  variant: string,
  goesRight: (row: number) => boolean,
): { total: number; game: DeepSea } {
  const game = new DeepSea(variant);
  game.reset();
  let total = 0;
  for (let row = 0; !game.terminated; row++) {
    const right = rightAction(game.row, game.column);
    total += game.step(goesRight(row) ? right : 1 - right);
  }
  return { total, game };
}

test("right all the way finds the treasure: 1 less the cost of the moves", () => {
  expect(dive("10", () => true).total).toBeCloseTo(0.99, 12);
  expect(dive("20", () => true).total).toBeCloseTo(0.99, 12);
});

test("left all the way is free and finds nothing; one step left anywhere misses the treasure", () => {
  expect(dive("10", () => false).total).toBe(0);
  for (let missed = 0; missed < 10; missed++) {
    expect(dive("10", (row) => row !== missed).total).toBeCloseTo(-0.009, 12);
  }
});

test("which action means right differs from cell to cell, about half and half", () => {
  const cells = Array.from({ length: 900 }, (_, i) => rightAction(Math.floor(i / 30), i % 30));
  const ones = cells.reduce((sum, action) => sum + action, 0);
  expect(ones).toBeGreaterThan(400);
  expect(ones).toBeLessThan(500);
});

test("the diver sinks a row per decision, and the picture shows him", () => {
  const game = new DeepSea("10");
  game.reset();
  for (let i = 0; i < 3; i++) game.step(rightAction(game.row, game.column));
  expect(asText(game, { cellWidth: 1, cellHeight: 1 }).split("\n")[3][3]).toBe("o");
});
