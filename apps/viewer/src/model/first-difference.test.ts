import { expect, test } from "vitest";
import { firstDifference } from "./first-difference.js";

const episode = (actions: readonly number[], width = 1) => ({
  actions: Uint8Array.from(actions),
  length: actions.length / width,
  width,
});

test("the first decision that is not the same for all", () => {
  const a = episode([0, 1, 2, 0]);
  expect(firstDifference([a, episode([0, 1, 1, 0])])).toBe(2);
  expect(firstDifference([a, episode([0, 1, 2, 0]), episode([1, 1, 2])])).toBe(0);
});

test("an action of several bytes is one decision", () => {
  expect(firstDifference([episode([0, 0, 1, 1], 2), episode([0, 0, 1, 2], 2)])).toBe(1);
});

test("episodes that do the same as long as both last do not differ", () => {
  expect(firstDifference([episode([0, 1]), episode([0, 1, 2])])).toBeUndefined();
  expect(firstDifference([episode([0, 1])])).toBeUndefined();
  expect(firstDifference([])).toBeUndefined();
});
