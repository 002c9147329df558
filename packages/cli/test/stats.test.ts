import { describe, expect, test } from "vitest";
import {
  bootstrapInterval,
  interquartileMean,
  mean,
  median,
  standardDeviation,
} from "../src/stats.js";

test("mean, standard deviation and median of a sample by hand", () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  expect(mean(values)).toBe(5);
  expect(standardDeviation(values)).toBe(2);
  expect(median(values)).toBe(4.5);
  expect(median([3, 1, 2])).toBe(2);
});

describe("interquartileMean", () => {
  test("drops a quarter at each end", () => {
    expect(interquartileMean([1000, 1, 2, 3, 4, 5, 6, -1000])).toBe(3.5);
  });

  test("drops nothing from fewer than four values", () => {
    expect(interquartileMean([1, 2, 6])).toBe(3);
  });
});

test("statistics of nothing are NaN", () => {
  for (const statistic of [mean, standardDeviation, median, interquartileMean]) {
    expect(statistic([])).toBeNaN();
  }
});

describe("bootstrapInterval", () => {
  /** A small linear congruential generator: enough for resampling. */
  const source = (): (() => number) => {
    let state = 1;
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  };

  test("holds the mean of a normal-like sample within about two standard errors", () => {
    const values = Array.from({ length: 400 }, (_, i) => (i % 20) - 9.5);
    const { low, high } = bootstrapInterval(values, mean, source());
    const standardError = standardDeviation(values) / Math.sqrt(values.length);
    expect(low).toBeGreaterThan(-2.5 * standardError);
    expect(low).toBeLessThan(-1.5 * standardError);
    expect(high).toBeGreaterThan(1.5 * standardError);
    expect(high).toBeLessThan(2.5 * standardError);
  });

  test("is a point for a sample without spread", () => {
    expect(bootstrapInterval([7, 7, 7], mean, source())).toEqual({ low: 7, high: 7 });
  });

  test("is the same for the same source of randomness", () => {
    const values = [1, 5, 2, 8, 3];
    const first = bootstrapInterval(values, median, source());
    expect(bootstrapInterval(values, median, source())).toEqual(first);
  });
});
