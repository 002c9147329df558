import { describe, expect, test } from "vitest";
import { edgesOf, type Fit, fitBoard, gridLayout, unevenness } from "./fit.js";
import { PrimitiveList } from "./primitives.js";

/** A wall like Breakout's: 18 bricks of 16 units, 2 units apart. */
function wall(): PrimitiveList {
  const list = new PrimitiveList();
  list.background(0);
  for (let column = 0; column < 18; column++) list.rect(2 + column * 18, 60, 16, 8, 0xff0000);
  return list;
}

const none = { x: [], y: [] };
const board = { width: 326, height: 340 };

function gaps({ scale, shiftX }: Fit): number[] {
  const pixel = (edge: number) => Math.round(edge * scale + shiftX);
  return Array.from({ length: 17 }, (_, i) => pixel(2 + (i + 1) * 18) - pixel(2 + i * 18 + 16));
}

describe("fitBoard", () => {
  test("makes the board fill a whole number of pixels and fit", () => {
    for (const space of [
      { width: 500, height: 400 },
      { width: 90, height: 500 },
      { width: 1999, height: 777 },
    ]) {
      const { scale } = fitBoard(board, space, edgesOf(wall()));
      expect(scale * board.width).toBeCloseTo(Math.round(scale * board.width), 9);
      expect(scale * board.width).toBeLessThanOrEqual(space.width);
      expect(scale * board.height).toBeLessThanOrEqual(space.height);
    }
  });

  test("gives up at most a fifth of the size", () => {
    for (let width = 40; width < 700; width += 7) {
      const { scale } = fitBoard(board, { width, height: 10_000 }, edgesOf(wall()));
      expect(scale * board.width).toBeGreaterThan(width * 0.8);
    }
  });

  test("all gaps of a wall of bricks are alike, from thumbnails to full screen, or smoothed", () => {
    for (let width = 60; width < 900; width += 13) {
      const fit = fitBoard(board, { width, height: 10_000 }, edgesOf(wall()));
      if (fit.crisp) expect(new Set(gaps(fit)).size, `width ${width}`).toBe(1);
      else expect(fit.scale).toBeLessThan(0.75);
    }
  });

  test("takes the largest size where there are no edges to mind", () => {
    const { scale } = fitBoard({ width: 100, height: 50 }, { width: 333, height: 999 }, none);
    expect(scale).toBe(3.33);
  });

  test("a shift by a part of a pixel keeps the gaps of thumbnails", () => {
    for (const width of [72, 76, 80, 90]) {
      const fit = fitBoard(board, { width, height: 10_000 }, edgesOf(wall()));
      expect(gaps(fit)[0], `width ${width}`).toBeGreaterThan(0);
    }
  });
});

describe("unevenness", () => {
  const { x } = edgesOf(wall());

  test("is 0 where equal lengths come out equal", () => {
    expect(unevenness(x, 2, 0)).toBe(0);
    expect(unevenness(x, 0.69, 0)).toBeGreaterThan(0.3);
  });

  test("minds lengths that vanish, but less than some that vanish and some that do not", () => {
    expect(unevenness(x, 2 / 9, 0)).toBeGreaterThan(0);
    expect(unevenness(x, 2 / 9, 0)).toBeLessThan(unevenness(x, 0.21, 0));
    expect(unevenness(x, 2 / 9, 0.125)).toBe(0);
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

  test("prefers a grid without holes to slightly larger boards", () => {
    const wide = { width: 576, height: 330 };
    const { columns, rows } = gridLayout(16, wide, { width: 356, height: 450 }, 8, 18);
    expect([columns, rows]).toEqual([4, 4]);
  });

  test("every board has a place", () => {
    for (const count of [1, 4, 9, 16, 36, 64]) {
      const { columns, rows } = gridLayout(count, board, { width: 344, height: 450 }, 8, 18);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      expect(columns * (rows - 1)).toBeLessThan(count);
    }
  });
});
