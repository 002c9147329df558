import { expect, test } from "vitest";
import { nextMissing, ratingOf } from "./rating.js";

const ages = [
  { steps: 0, returns: [0, 2] },
  { steps: 100, returns: [4, 6] },
  { steps: 200, returns: [10, 10] },
  { steps: 300, returns: [] },
];

test("a person is like the policy whose mean is nearest", () => {
  expect(ratingOf(6, ages)).toEqual({ percentile: 2 / 3, like: 100, beyond: undefined });
  expect(ratingOf(5, ages)).toEqual({ percentile: 0.5, like: 100, beyond: undefined });
});

test("of two that are as near, the less trained", () => {
  expect(ratingOf(3, ages)?.like).toBe(0);
});

test("better than all, and worse than all, are said", () => {
  expect(ratingOf(11, ages)).toEqual({ percentile: 1, like: 200, beyond: "above" });
  expect(ratingOf(0, ages)).toEqual({ percentile: 0, like: 0, beyond: "below" });
  expect(ratingOf(0, [])).toBeUndefined();
});

test("every policy plays a seed before any plays many", () => {
  const order = [0, 2, 1];
  expect(nextMissing([0, 0, 0], order)).toBe(0);
  expect(nextMissing([1, 0, 0], order)).toBe(2);
  expect(nextMissing([1, 1, 1], order)).toBe(0);
  expect(nextMissing([4, 4, 3], order)).toBe(2);
  expect(nextMissing([16, 16, 16], order)).toBeUndefined();
});
