/** When policies are kept: counted over trainings of any length, and under costs of any size. */
import { expect, test } from "vitest";
import { SnapshotSchedule } from "../src/train/snapshots.js";

/** Moments at which policies are taken in a training of so many seconds. */
function moments(seconds: number, options: { from?: number; cost?: number; step?: number } = {}) {
  const { from = 0, cost = 0, step = 0.01 } = options;
  const schedule = new SnapshotSchedule(from);
  const taken: number[] = [];
  for (let now = from + step; now < seconds; now += step) {
    if (!schedule.isDue(now)) continue;
    schedule.taken(now, cost);
    taken.push(now);
  }
  return taken;
}

test("a training of twenty seconds has some twenty-five, one of ten hours eighty", () => {
  expect(moments(20).length).toBeGreaterThanOrEqual(20);
  expect(moments(20).length).toBeLessThanOrEqual(30);
  expect(moments(36_000, { step: 0.1 }).length).toBeLessThan(90);
});

test("gaps grow, and a third of the policies are of the first tenth", () => {
  const taken = moments(20);
  const gaps = taken.slice(1).map((moment, i) => moment - taken[i]);
  expect(gaps.at(-1)).toBeGreaterThan(5 * gaps[0]);
  expect(taken.filter((moment) => moment < 2).length).toBeGreaterThan(taken.length / 3);
});

test("a run that goes on goes on with its spacing", () => {
  const [first, second] = moments(200, { from: 100 });
  expect(first).toBeCloseTo(115, 0);
  expect(second).toBeCloseTo(132, 0);
});

test("what policies cost stays one percent of the time, give or take the last", () => {
  const cost = 0.1;
  const taken = moments(100, { cost });
  expect(taken.length).toBeGreaterThan(2);
  expect((taken.length - 1) * cost).toBeLessThanOrEqual(0.01 * 100);
});
