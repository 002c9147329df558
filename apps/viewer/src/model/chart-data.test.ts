import { describe, expect, test } from "vitest";
import { ChartCache, chartData, episodeDots } from "./chart-data.js";
import { chartSpecs } from "./chart-specs.js";
import { metricsCsv } from "./csv.js";
import { MetricsTable } from "./series.js";

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
    expect(data?.isThinned).toBe(false);
    expect(data?.broken).toEqual([30]); // a row that lacks the value is no mark
  });

  test("there is none for a metric that no row has", () => {
    const table = new MetricsTable();
    table.append([{ steps: 1, score: 1 }]);
    expect(chartData(table, "entropy", { halfLife: 5, width: 100 })).toBeUndefined();
  });

  test("of a hundred thousand rows no spike is lost, and few points are left", () => {
    const table = new MetricsTable();
    const rows = Array.from({ length: 100_000 }, (_, i) => ({
      ...{ steps: i * 100, loss: i === 77_777 ? 900 : Math.sin(i / 50) },
    }));
    table.append(rows);
    table.append([{ steps: 10_000_001, loss: Number.POSITIVE_INFINITY }]);
    const data = chartData(table, "loss", { halfLife: 50, width: 300 });
    expect(data?.x.length).toBeLessThan(1600);
    expect(data?.raw).toContain(900);
    expect(data?.high).toContain(900);
    expect(Math.min(...(data?.low ?? []).map(Number))).toBeCloseTo(-1, 3);
    expect(data?.broken).toEqual([10_000_001]);
    expect(data?.isThinned).toBe(true);
  });

  test("is worked out once per change of the table or of the detail", () => {
    const table = new MetricsTable();
    table.append([{ steps: 1, score: 1 }]);
    const cache = new ChartCache();
    const detail = { halfLife: 3, width: 100 };
    const first = cache.get(table, 1, "score", detail);
    expect(cache.get(table, 1, "score", { ...detail })).toBe(first);
    expect(cache.get(table, 1, "score", { ...detail, halfLife: 0 })).not.toBe(first);
    table.append([{ steps: 2, score: 2 }]);
    expect(cache.get(table, 2, "score", detail)?.x).toEqual([1, 2]);
  });
});

describe("episodeDots", () => {
  test("few are all there; of many the lowest and highest of each pixel", () => {
    const entry = (steps: number, score: number) => ({ steps, return: score });
    expect(episodeDots([entry(1, 5), entry(2, 6)], 10)).toEqual([
      [1, 5],
      [2, 6],
    ]);
    const many = Array.from({ length: 10_000 }, (_, i) => entry(i, i === 5000 ? 99 : i % 7));
    const dots = episodeDots(many, 100);
    expect(dots.length).toBeLessThanOrEqual(200);
    expect(dots).toContainEqual([5000, 99]);
  });
});

describe("chartSpecs", () => {
  test("known metrics in their order, then the others under their own names", () => {
    const specs = chartSpecs(["targetEntropy", "entropy", "score", "gradNorm"]);
    expect(specs.map(({ title }) => title)).toEqual([
      ...["Score", "Entropy", "Gradient norm", "Target entropy"],
    ]);
    expect(specs.map(({ usual }) => usual)).toEqual([true, true, true, false]);
  });
});

describe("metricsCsv", () => {
  test("every digit, empty where a row lacks a value, words for what is no number", () => {
    const table = new MetricsTable();
    table.append([
      { steps: 1, score: 0.1 },
      { steps: 2, "a,b": Number.NaN },
      { steps: 3, score: Number.NEGATIVE_INFINITY, "=cmd": 1e21 },
    ]);
    expect(metricsCsv(table)).toBe(
      ['steps,score,"a,b",\'=cmd', "1,0.1,,", "2,,NaN,", "3,-Infinity,,1e+21", ""].join("\r\n"),
    );
  });
});
