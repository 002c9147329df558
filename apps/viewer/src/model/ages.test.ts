import { expect, test } from "vitest";
import { coarseToFine, heightOf, ofAge, spread } from "./ages.js";

test("ends come first, then middles; every stop comes once", () => {
  expect(coarseToFine(9).slice(0, 5)).toEqual([0, 8, 4, 2, 6]);
  for (const count of [0, 1, 2, 3, 10, 21, 64]) {
    const order = coarseToFine(count);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  }
});

test("a few stand for all, first and last among them", () => {
  const all = Array.from({ length: 64 }, (_, i) => i);
  const few = spread(all, 12);
  expect(few).toHaveLength(12);
  expect([few[0], few.at(-1)]).toEqual([0, 63]);
  expect(spread([1, 2], 12)).toEqual([1, 2]);
  expect(spread(all, 1)).toEqual([63]);
});

test("the policy of a moment is the newest before it", () => {
  const ages = [{ steps: 0 }, { steps: 100 }, { steps: 200 }];
  expect([50, 100, 1000].map((steps) => ofAge(ages, steps)?.steps)).toEqual([0, 100, 200]);
  expect(ofAge([{ steps: 10 }], 5)?.steps).toBe(10);
  expect(ofAge([], 5)).toBe(undefined);
});

test("bars have their heights between the least and the most, zero included", () => {
  expect([0, 5, 10].map((one) => heightOf(one, [0, 5, 10]))).toEqual([0, 0.5, 1]);
  expect(heightOf(-5, [-5, 5])).toBe(0);
  expect(heightOf(0, [0, 0])).toBe(0.5);
});
