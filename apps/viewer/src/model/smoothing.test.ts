import { describe, expect, test } from "vitest";
import { chartData } from "./chart-data.js";
import { MetricsTable } from "./series.js";
import { smooth, thin } from "./smoothing.js";

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

describe("chartData", () => {
  test("shows raw values beside the smoothed line, gaps as null", () => {
    const table = new MetricsTable();
    table.append([
      { steps: 10, score: 2 },
      { steps: 20 },
      { steps: 30, score: Number.NaN },
      { steps: 40, score: 4 },
    ]);
    const data = chartData(table, "score", { halfLife: 0, width: 100 });
    expect(data?.x).toEqual([10, 20, 30, 40]);
    expect(data?.raw).toEqual([2, null, null, 4]);
    expect(data?.smoothed).toEqual([2, 2, 2, 4]);
  });

  test("there is none for a metric that no row has", () => {
    const table = new MetricsTable();
    table.append([{ steps: 1, score: 1 }]);
    expect(chartData(table, "entropy", { halfLife: 5, width: 100 })).toBeUndefined();
  });
});
