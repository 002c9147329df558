import { describe, expect, test } from "vitest";
import { edgesOf, fitScale, gridLayout, roughness } from "./fit.js";
import { PrimitiveList } from "./primitives.js";

/** A wall like Breakout's: 18 bricks of 16 units, 2 units apart. */
function wall(): PrimitiveList {
  const list = new PrimitiveList();
  list.background(0);
  for (let column = 0; column < 18; column++) list.rect(2 + column * 18, 60, 16, 8, 0xff0000);
  return list;
}

const board = { width: 326, height: 340 };

function gaps(scale: number): number[] {
  return Array.from({ length: 17 }, (_, column) => {
    const right = Math.round((2 + column * 18 + 16) * scale);
    return Math.round((2 + (column + 1) * 18) * scale) - right;
  });
}

describe("fitScale", () => {
  test("makes the board fill a whole number of pixels and fit", () => {
    for (const space of [
      { width: 500, height: 400 },
      { width: 90, height: 500 },
      { width: 1999, height: 777 },
    ]) {
      const scale = fitScale(board, space, edgesOf(wall()));
      expect(scale * board.width).toBeCloseTo(Math.round(scale * board.width), 9);
      expect(scale * board.width).toBeLessThanOrEqual(space.width);
      expect(scale * board.height).toBeLessThanOrEqual(space.height);
    }
  });

  test("gives up at most a fifth of the size", () => {
    for (let width = 40; width < 700; width += 7) {
      const scale = fitScale(board, { width, height: 10_000 }, edgesOf(wall()));
      expect(scale * board.width).toBeGreaterThan(width * 0.8);
    }
  });

  test("all gaps of a wall of bricks are alike, from thumbnails to full screen", () => {
    for (let width = 60; width < 900; width += 13) {
      const scale = fitScale(board, { width, height: 10_000 }, edgesOf(wall()));
      expect(new Set(gaps(scale)).size, `width ${width}`).toBe(1);
    }
  });

  test("takes the largest size where there are no edges to mind", () => {
    expect(
      fitScale({ width: 100, height: 50 }, { width: 333, height: 999 }, { x: [], y: [] }),
    ).toBe(3.33);
  });
});

describe("roughness", () => {
  test("is 0 where lengths come out exactly, more where equal ones differ, and minds vanishing", () => {
    const edges = edgesOf(wall());
    expect(roughness(edges, 2)).toBe(0);
    expect(roughness(edges, 0.69)).toBeGreaterThan(0.15);
    const vanished = roughness(edges, 1 / 6);
    expect(vanished).toBeGreaterThan(0);
    expect(vanished).toBeLessThan(roughness(edges, 0.17));
  });
});

describe("gridLayout", () => {
  test("16 square boards in a square are 4 by 4", () => {
    const layout = gridLayout(16, { width: 10, height: 10 }, { width: 430, height: 430 }, 10, 0);
    expect(layout).toEqual({ columns: 4, rows: 4, cellWidth: 100, cellHeight: 100 });
  });

  test("wide boards in a narrow space go under each other", () => {
    const layout = gridLayout(4, { width: 30, height: 10 }, { width: 300, height: 400 }, 0, 0);
    expect([layout.columns, layout.rows]).toEqual([1, 4]);
  });

  test("every board has a place", () => {
    for (const count of [1, 4, 9, 16, 36, 64]) {
      const { columns, rows } = gridLayout(count, board, { width: 344, height: 450 }, 8, 18);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      expect(columns * (rows - 1)).toBeLessThan(count);
    }
  });
});
