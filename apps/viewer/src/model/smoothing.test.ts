import { describe, expect, test } from "vitest";
import { envelope, smooth, thin } from "./smoothing.js";

describe("smooth", () => {
  test("starts at the first value, not at zero", () => {
    expect(smooth([5, 5, 5], 10)[0]).toBe(5);
    expect(Array.from(smooth([5, 5, 5], 10)).map((v) => Number(v.toFixed(9)))).toEqual([5, 5, 5]);
  });

  test("weights halve over the half-life: by hand", () => {
    // keep = 1/2: weights of [0, 1] are 1/4 and 1/2, normalised 1/3 and 2/3
    const [first, second] = smooth([0, 1], 1);
    expect(first).toBe(0);
    expect(second).toBeCloseTo(2 / 3, 12);
  });

  test("never looks ahead", () => {
    const a = smooth([1, 2, 3, 100], 3);
    const b = smooth([1, 2, 3, -100], 3);
    expect(Array.from(a.subarray(0, 3))).toEqual(Array.from(b.subarray(0, 3)));
  });

  test("half-life 0 is the values themselves", () => {
    expect(Array.from(smooth([3, 1, 4], 0))).toEqual([3, 1, 4]);
  });

  test("a NaN does not poison what follows", () => {
    const line = smooth([1, Number.NaN, 1, Number.POSITIVE_INFINITY, 1], 2);
    expect(line.every(Number.isFinite)).toBe(true);
    expect(smooth([Number.NaN, 2], 2)[0]).toBeNaN();
  });
});

describe("thin", () => {
  const x = Float64Array.from({ length: 10_000 }, (_, i) => i);

  test("leaves few points alone", () => {
    expect(thin([1, 2, 3], [1, 2, 3], 100)).toBeUndefined();
  });

  test("keeps every spike, the ends, and the order", () => {
    const y = Float64Array.from(x, (i) => Math.sin(i / 300));
    y[1234] = 50;
    y[7777] = -50;
    const kept = Array.from(thin(x, y, 100) ?? []);
    expect(kept).toContain(1234);
    expect(kept).toContain(7777);
    expect(kept[0]).toBe(0);
    expect(kept.at(-1)).toBe(9999);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
    expect(kept.length).toBeLessThanOrEqual(100 * 5);
  });

  test("keeps a value that is not finite", () => {
    const y = new Float64Array(10_000);
    y[4321] = Number.NaN;
    expect(Array.from(thin(x, y, 50) ?? [])).toContain(4321);
  });
});

describe("envelope", () => {
  test("says the range of the bucket that each kept point lies in", () => {
    const x = Float64Array.from({ length: 40 }, (_, i) => i);
    const y = Float64Array.from(x, (i) => (i === 13 ? 100 : i === 14 ? Number.NaN : i % 5));
    const kept = thin(x, y, 4) ?? new Uint32Array();
    const { low, high } = envelope(x, y, 4, kept);
    expect(low.length).toBe(kept.length);
    for (const [i, index] of kept.entries()) {
      // 40 points from 0 to 39 in 4 buckets: the edges are at multiples of 9.75.
      const bucket = Math.floor(index / 9.75);
      expect([low[i], high[i]]).toEqual([0, bucket === 1 ? 100 : 4]);
    }
  });

  test("is empty where nothing is a number", () => {
    const x = Float64Array.from({ length: 40 }, (_, i) => i);
    const y = new Float64Array(40).fill(Number.NaN);
    const { low, high } = envelope(x, y, 4, thin(x, y, 4) ?? new Uint32Array());
    expect([...low, ...high].every((value) => value === null)).toBe(true);
  });
});
