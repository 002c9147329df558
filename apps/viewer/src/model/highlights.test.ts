import { expect, test } from "vitest";
import { highlightsOf, neighbourOf, strongest } from "./highlights.js";

/** Sums of rewards that come at some decisions. */
function returnsOf(length: number, rewards: Readonly<Record<number, number>>): Float64Array {
  const returns = new Float64Array(length + 1);
  for (let step = 0; step < length; step++)
    returns[step + 1] = returns[step] + (rewards[step] ?? 0);
  return returns;
}

test("a reward that stands out is one, at the decision before it comes", () => {
  const rewards = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [i * 10, 1]));
  const found = highlightsOf({ returns: returnsOf(400, { ...rewards, 205: 20 }), rate: 10 });
  expect(found.find(({ kind }) => kind === "reward")).toMatchObject({ step: 205, amount: 20 });
});

test("many small rewards close together are a chain", () => {
  const burst = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [300 + i, 1]));
  const sparse = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [i * 45, 1]));
  const found = highlightsOf({ returns: returnsOf(1000, { ...sparse, ...burst }), rate: 10 });
  const chain = found.find(({ kind }) => kind === "chain");
  expect(chain?.amount).toBeGreaterThanOrEqual(10);
  expect(Math.abs((chain?.step ?? 0) - 300)).toBeLessThanOrEqual(8);
});

test("a sudden drop of the value and an outcome that was not expected are found", () => {
  const at = Int32Array.from({ length: 200 }, (_, i) => i);
  const values = Float32Array.from(at, (i) => (i < 120 ? 5 : 1) + Math.sin(i) / 20);
  const errors = Float32Array.from(at, (i) => (i === 60 ? 4 : Math.cos(i) / 20));
  errors[199] = Number.NaN;
  const found = highlightsOf({
    returns: returnsOf(200, {}),
    rate: 10,
    thoughts: { at, values, errors },
  });
  expect(found.map(({ kind, step }) => [kind, step])).toEqual([
    ["surprise", 60],
    ["drop", 119],
  ]);
});

test("an episode in which nothing happens has none", () => {
  expect(highlightsOf({ returns: returnsOf(100, {}), rate: 15 })).toEqual([]);
  expect(highlightsOf({ returns: returnsOf(0, {}), rate: 15 })).toEqual([]);
});

test("of moments close to each other the strongest stays", () => {
  const found = highlightsOf({ returns: returnsOf(500, { 100: 5, 104: 9, 300: 7 }), rate: 10 });
  expect(found.map(({ step }) => step)).toEqual([104, 300]);
});

test("one goes forwards and backwards from where one stands, and no further than there are any", () => {
  const all = highlightsOf({ returns: returnsOf(500, { 100: 5, 200: 9, 300: 7 }), rate: 10 });
  expect(neighbourOf(all, 0, 1)?.step).toBe(100);
  expect(neighbourOf(all, 100, 1)?.step).toBe(200);
  expect(neighbourOf(all, 300, 1)).toBe(undefined);
  expect(neighbourOf(all, 250, -1)?.step).toBe(200);
  expect(neighbourOf(all, 100, -1)).toBe(undefined);
  expect(strongest(all, 2).map(({ step }) => step)).toEqual([200, 300]);
});
