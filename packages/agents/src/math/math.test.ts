import { expect, test } from "vitest";
import { discountedReturns } from "./returns.js";
import { explainedVariance } from "./statistics.js";

test("discounted returns of one episode, with and without a bootstrap", () => {
  const returns = new Float32Array(5).fill(-1);
  discountedReturns([9, 1, 0, 4, 9], returns, 1, 4, { gamma: 0.5, bootstrap: 0 });
  expect([...returns]).toEqual([-1, 2, 2, 4, -1]);
  discountedReturns([9, 1, 0, 4, 9], returns, 1, 4, { gamma: 0.5, bootstrap: 8 });
  expect([...returns]).toEqual([-1, 3, 4, 8, -1]);
});

test("[B34] explained variance: perfect, mean, worse, and the order of its arguments", () => {
  expect(explainedVariance([1, 2, 3], [1, 2, 3])).toBe(1);
  expect(explainedVariance([2, 2, 2], [1, 2, 3])).toBeCloseTo(0, 12);
  expect(explainedVariance([3, 2, 1], [1, 2, 3])).toBeCloseTo(-3, 12);
  expect(explainedVariance([1, 2, 3], [2, 2, 2])).toBeNaN();
});
