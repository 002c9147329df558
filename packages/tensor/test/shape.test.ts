import { describe, expect, test } from "vitest";
import {
  broadcastShape,
  denseStrides,
  elementCount,
  isDense,
  normalizeAxes,
  reshapeStrides,
} from "../src/shape.js";
import { noise } from "./support/inputs.js";

/** Storage positions of a view in row-major order. */
function positions(shape: readonly number[], strides: readonly number[]): number[] {
  let out = [0];
  shape.forEach((size, axis) => {
    out = out.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * strides[axis]));
  });
  return out;
}

/** A factorisation of `count` into a shape, with ones sprinkled in. */
function randomShape(count: number, seed: number): number[] {
  const shape: number[] = [];
  let rest = count;
  for (let i = 0; rest > 1 && shape.length < 5; i++) {
    const divisors = Array.from({ length: rest }, (_, d) => d + 1).filter((d) => rest % d === 0);
    const chosen = divisors[Math.floor(noise(seed, i) * divisors.length)];
    shape.push(chosen);
    rest /= chosen;
  }
  if (rest > 1) shape.push(rest);
  return shape;
}

describe("reshapeStrides", () => {
  test("whenever it gives strides, they read the same elements in the same order", () => {
    let views = 0;
    for (let seed = 0; seed < 600; seed++) {
      const count = [1, 2, 6, 12, 24, 30][seed % 6];
      const shape = randomShape(count, seed);
      // A permuted, possibly stepped or reversed or repeated layout.
      const dense = denseStrides(shape);
      const order = shape
        .map((_, i) => i)
        .sort((a, b) => noise(seed, 50 + a) - noise(seed, 50 + b));
      const from = order.map((axis) => shape[axis]);
      const factor = [1, 1, 2, -1, 0][seed % 5];
      const strides = order.map((axis) => dense[axis] * factor);
      const target = randomShape(count, seed + 1000);
      const found = reshapeStrides(from, strides, target);
      if (found === undefined) continue;
      views++;
      expect(positions(target, found)).toEqual(positions(from, strides));
    }
    expect(views).toBeGreaterThan(200);
  });

  test("finds the view where dimensions merge or split without a copy", () => {
    expect(reshapeStrides([2, 3, 4], [24, 4, 1], [2, 12])).toEqual([24, 1]);
    expect(reshapeStrides([2, 12], [24, 1], [2, 3, 4])).toEqual([24, 4, 1]);
    expect(reshapeStrides([4, 3], [1, 4], [12])).toBeUndefined();
    expect(reshapeStrides([4, 1, 3], [1, 7, 4], [4, 3])).toEqual([1, 4]);
    expect(reshapeStrides([5], [0], [1, 5, 1])?.[1]).toBe(0);
  });
});

test("dense strides are never 0 and dense layouts are recognised", () => {
  expect(denseStrides([2, 0, 3])).toEqual([3, 3, 1]);
  expect(denseStrides([])).toEqual([]);
  expect(isDense([2, 1, 3], [3, 99, 1])).toBe(true);
  expect(isDense([2, 3], [1, 2])).toBe(false);
  expect(isDense([0, 3], [7, 5])).toBe(true);
});

test("broadcastShape aligns at the last dimension", () => {
  expect(broadcastShape("add", [4, 1], [3])).toEqual([4, 3]);
  expect(broadcastShape("add", [], [2])).toEqual([2]);
  expect(broadcastShape("add", [1], [0])).toEqual([0]);
  expect(elementCount([])).toBe(1);
});

test("axes are counted from both ends, sorted and distinct", () => {
  expect(normalizeAxes("sum", [-1, 0], 3)).toEqual([0, 2]);
  expect(normalizeAxes("sum", undefined, 2)).toEqual([0, 1]);
  expect(normalizeAxes("sum", 1, 2)).toEqual([1]);
});
