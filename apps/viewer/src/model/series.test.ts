import { describe, expect, test } from "vitest";
import { progressOf, trainingPace } from "./progress.js";
import { MetricsTable } from "./series.js";

function filled(rows: number): MetricsTable {
  const table = new MetricsTable();
  table.append(Array.from({ length: rows }, (_, i) => ({ steps: i * 10, score: i })));
  return table;
}

describe("MetricsTable", () => {
  test("grows past its first room without losing anything", () => {
    const table = filled(1000);
    expect(table.length).toBe(1000);
    expect(table.x()[999]).toBe(9990);
    expect(table.column("score")?.[999]).toBe(999);
  });

  test("a name that appears late has NaN before it", () => {
    const table = filled(3);
    table.append([{ steps: 30, loss: 0.5 }]);
    expect(Array.from(table.column("loss") ?? [])).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
      0.5,
    ]);
    expect(table.column("score")?.[3]).toBeNaN();
    expect(table.latest("loss")).toBe(0.5);
    expect(table.latest("score")).toBeUndefined();
  });

  test("rewritten history: truncate, then other rows", () => {
    const table = filled(10);
    table.truncate(4);
    table.append([{ steps: 40, score: -1 }]);
    expect(table.length).toBe(5);
    expect(Array.from(table.column("score") ?? [])).toEqual([0, 1, 2, 3, -1]);
  });

  test("says in which rows a value was not finite, lacking ones left out", () => {
    const table = filled(2);
    expect(table.brokenRows("score")).toEqual([]);
    table.append([
      { steps: 20, score: Number.POSITIVE_INFINITY },
      { steps: 30 },
      { steps: 40, score: Number.NaN },
    ]);
    expect(table.brokenRows("score")).toEqual([2, 4]);
    table.truncate(3);
    expect(table.brokenRows("score")).toEqual([2]);
  });

  test("finds the row nearest to a step", () => {
    const table = filled(5);
    expect([-5, 0, 14, 16, 100].map((steps) => table.nearest(steps))).toEqual([0, 0, 1, 2, 4]);
    expect(new MetricsTable().nearest(3)).toBe(-1);
  });
});

describe("progressOf", () => {
  test("the time left comes from the present speed", () => {
    const table = new MetricsTable();
    table.append([
      { steps: 1, stepsPerSecond: 90 },
      { steps: 2, stepsPerSecond: 110 },
    ]);
    expect(progressOf(500, 1500, table)).toEqual({ share: 1 / 3, secondsLeft: 10 });
    expect(progressOf(2000, 1500, table)).toEqual({ share: 1, secondsLeft: 0 });
  });

  test("is not known before the first row", () => {
    expect(progressOf(0, 0, new MetricsTable())).toEqual({ share: 0, secondsLeft: undefined });
  });
});

describe("trainingPace", () => {
  test("is the speed of the run over its games, if their number is known", () => {
    const table = new MetricsTable();
    table.append([{ steps: 1, stepsPerSecond: 6400 }]);
    expect(trainingPace(table, { envs: 64 })).toBe(100);
    expect(trainingPace(table, {})).toBeUndefined();
    expect(trainingPace(new MetricsTable(), { envs: 64 })).toBeUndefined();
  });
});
