import { describe, expect, test } from "vitest";
import { pendulum } from "../games/classic-control/pendulum.js";
import { key } from "../key.js";
import { findGame } from "../registry.js";
import { hasEnded, playBeside, rowOf, startLocal } from "../testing/beside.js";
import { Counter } from "../testing/counter.js";
import { normalizeObservations } from "./normalize-observations.js";
import { RunningMoments } from "./running-moments.js";
import { createVectorEnv } from "./wrap.js";

/** Mean and variance of each column in two passes. */
function momentsOf(rows: readonly (readonly number[])[]): { mean: number[]; variance: number[] } {
  const columns = rows[0].map((_, i) => rows.map((row) => row[i]));
  const mean = columns.map((column) => column.reduce((a, b) => a + b, 0) / column.length);
  const variance = columns.map(
    (column, i) => column.reduce((sum, x) => sum + (x - mean[i]) ** 2, 0) / column.length,
  );
  return { mean, variance };
}

describe("running moments", () => {
  test("of batches of any size are those of all rows together", () => {
    const rows = [
      [1, 10],
      [2, 10],
      [6, 10],
      [-3, 11],
      [0.5, 10],
    ];
    const moments = new RunningMoments(2);
    moments.add(rows.slice(0, 1).flat(), 0, 1);
    expect(moments.variance(0)).toBe(1); // one row tells nothing
    moments.add([], 0, 0);
    moments.add([99, 99, ...rows.slice(1, 4).flat()], 1, 3); // from row 1 on
    moments.add(rows.slice(4).flat(), 0, 1);
    const { mean, variance } = momentsOf(rows);
    expect(moments.mean[0]).toBeCloseTo(1.3, 12);
    for (let i = 0; i < 2; i++) {
      expect(moments.mean[i]).toBeCloseTo(mean[i], 12);
      expect(moments.variance(i)).toBeCloseTo(variance[i], 12);
    }
  });

  test("keep their digits far from zero", () => {
    const moments = new RunningMoments(1);
    for (let i = 0; i < 1000; i++) moments.add([1e8 + (i % 2)], 0, 1);
    expect(moments.variance(0)).toBeCloseTo(0.25, 6);
  });
});

describe("normalize-observations", () => {
  test("by hand: two counters after their first steps", () => {
    const env = normalizeObservations(startLocal(() => new Counter(), 2));
    env.reset();
    env.actions.set([1, 3]);
    env.step();
    // seen: [0, 2, 0] twice (the second episode of the games), then [1, 2, 1] and [1, 2, 3]
    const third = (1 - 1) / Math.sqrt(1.5);
    expect(rowOf(env.observations, 0, 2)).toEqual([1, 0, third].map(close));
    expect(rowOf(env.observations, 1, 2)).toEqual([1, 0, 2 / Math.sqrt(1.5)].map(close));
  });

  test.each([
    ["breakout", findGame("breakout")],
    ["catch", findGame("catch")],
    ["pendulum", pendulum],
  ])("%s: is as two passes over everything seen say", (_id, game) => {
    const bare = startLocal(game, 3);
    const env = normalizeObservations(startLocal(game, 3), { clip: 4, epsilon: 1e-4 });
    env.reset();
    const seen: number[][] = [0, 1, 2].map((i) => rowOf(bare.observations, i, 3));
    playBeside(bare, env, 60, () => {
      for (let i = 0; i < 3; i++) seen.push(rowOf(bare.observations, i, 3));
      const { mean, variance } = momentsOf(seen);
      const normal = (row: number[]) =>
        row.map((x, k) => {
          const value = (x - mean[k]) / Math.sqrt(variance[k] + 1e-4);
          return close(Math.max(-4, Math.min(4, value)));
        });
      for (let i = 0; i < 3; i++) {
        expect(rowOf(env.observations, i, 3)).toEqual(normal(rowOf(bare.observations, i, 3)));
        if (!hasEnded(bare, i)) continue;
        expect(rowOf(env.finalObservations, i, 3)).toEqual(
          normal(rowOf(bare.finalObservations, i, 3)),
        );
      }
    });
  });

  test("bytes become numbers; the space is that of the clip", () => {
    const env = createVectorEnv(findGame("catch"), {
      count: 2,
      key: key(1),
      wrappers: [
        { wrapper: "pixels", width: 3, height: 1 },
        { wrapper: "normalize-observations", clip: 5 },
      ],
    });
    expect(env.observations).toBeInstanceOf(Float32Array);
    expect(env.finalObservations).toBeInstanceOf(Float32Array);
    expect(env.spec.observation).toEqual({
      size: 3,
      shape: [1, 3, 1],
      low: [-5, -5, -5],
      high: [5, 5, 5],
    });
    env.reset();
    for (let step = 0; step < 5; step++) env.step();
    expect(env.observations.some((value) => value < 0)).toBe(true);
  });

  test("whole numbers are whole no more", () => {
    const env = normalizeObservations(startLocal(findGame("mini-breakout"), 1));
    expect([env.inner.spec.observation.whole, env.spec.observation.whole]).toEqual([
      true,
      undefined,
    ]);
  });

  test("frozen, it uses the statistics of a saved state and learns no more", () => {
    const learned = normalizeObservations(startLocal(() => new Counter(), 2));
    learned.reset();
    for (let step = 0; step < 7; step++) learned.step();
    const frozen = normalizeObservations(
      startLocal(() => new Counter(), 2),
      { frozen: true },
    );
    frozen.restore(learned.save());
    const { count, mean } = statisticsOf(frozen);
    expect(count[0]).toBe(16);
    for (let step = 0; step < 7; step++) frozen.step();
    expect(statisticsOf(frozen)).toEqual({ count, mean });
  });

  test("an episode that is cut shows its last observation with the newest statistics", () => {
    const env = normalizeObservations(startLocal(() => new Counter(), 1));
    env.reset();
    env.step();
    env.step();
    env.cut(0);
    // times seen: 0, 1, 2 and 0 of the next episode
    const { mean, variance } = momentsOf([[0], [1], [2], [0]]);
    expect(env.finalObservations[0]).toBeCloseTo((2 - mean[0]) / Math.sqrt(variance[0]), 5);
    expect(env.observations[0]).toBeCloseTo((0 - mean[0]) / Math.sqrt(variance[0]), 5);
  });

  test("refuses settings outside their range", () => {
    const inner = startLocal(() => new Counter(), 1);
    expect(() => normalizeObservations(inner, { clip: 0 })).toThrow(
      "normalize-observations: clip must be above 0 (got 0)",
    );
    expect(() => normalizeObservations(inner, { epsilon: -1 })).toThrow(
      "normalize-observations: epsilon must be above 0 (got -1)",
    );
  });
});

function statisticsOf(env: ReturnType<typeof normalizeObservations>) {
  const { arrays } = env.save();
  return { count: arrays["wrapper1.count"], mean: arrays["wrapper1.mean"] };
}

/** Equal up to the rounding of float32. */
function close(value: number): unknown {
  return expect.closeTo(value, 3);
}
