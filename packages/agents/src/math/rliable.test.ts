import { key, nextFloat, seedRandom } from "@carom/envs";
import { describe, expect, test } from "vitest";
import {
  bootstrapInterval,
  improvementInterval,
  interquartileMean,
  interquartileMeanInterval,
  median,
  probabilityOfImprovement,
} from "./rliable.js";

/** Ten runs of one algorithm on two tasks. */
const CARTPOLE = [500, 480, 310, 455, 500, 120, 470, 500, 492, 388];
const BREAKOUT = [9.5, 11, 14, 8, 21, 10, 12.5, 3, 9, 16];

describe("point estimates", () => {
  test("the median is the middle, or the mean of the two middle ones", () => {
    expect(median([5])).toBe(5);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 2])).toBe(3.5);
    expect(median(Float32Array.of(10, 2, -100))).toBe(2);
    expect(median(CARTPOLE)).toBe(475);
  });

  test("the interquartile mean cuts a quarter of the values, rounded down, from either end", () => {
    expect(interquartileMean([8, 1, 7, 2, 6, 3, 5, 4])).toBe(4.5); // of 3, 4, 5, 6
    expect(interquartileMean([1e9, 1, 2, -1e9])).toBe(1.5);
    expect(interquartileMean([1, 2, 6])).toBe(3); // nothing is cut
    expect(interquartileMean([0, 1, 2, 4, 100])).toBe(7 / 3); // one from either end
    expect(interquartileMean(CARTPOLE)).toBeCloseTo((388 + 455 + 470 + 480 + 492 + 500) / 6, 10);
  });

  test("values are sorted as numbers, and the caller's array stays as it was", () => {
    const values = [10, 9, 100, 1];
    expect(interquartileMean(values)).toBe(9.5);
    expect(values).toEqual([10, 9, 100, 1]);
  });

  test("the probability of improvement counts pairs, a draw as half", () => {
    expect(probabilityOfImprovement([[3, 4]], [[1, 2]])).toBe(1);
    expect(probabilityOfImprovement([[1, 2]], [[3, 4]])).toBe(0);
    expect(probabilityOfImprovement([[2]], [[2]])).toBe(0.5);
    expect(probabilityOfImprovement([[1, 2, 3]], [[2, 2]])).toBe((0 + 0.5 * 2 + 2) / 6);
  });

  test("the probability of improvement is a mean over tasks, not over pairs", () => {
    // Task 1: one pair of one, won. Task 2: four pairs, none won.
    expect(probabilityOfImprovement([[1], [0, 0]], [[0], [1, 1]])).toBe(0.5);
  });

  test("the probabilities of improvement in both directions add up to 1", () => {
    const [x, y] = [[CARTPOLE], [CARTPOLE.map((score, i) => score + (i % 3) * 20 - 10)]];
    expect(probabilityOfImprovement(x, y) + probabilityOfImprovement(y, x)).toBeCloseTo(1, 12);
  });
});

describe("bootstrap intervals", () => {
  test("runs that do not differ leave no doubt", () => {
    expect(interquartileMeanInterval([[7, 7, 7, 7]])).toEqual({ low: 7, high: 7 });
  });

  test("two runs, all resamples counted by hand", () => {
    // The mean of two draws from {0, 1} is 0, 1/2, 1 with chances 1/4, 1/2, 1/4.
    const interval = (confidence: number): unknown =>
      interquartileMeanInterval([[0, 1]], { confidence });
    expect(interval(0.95)).toEqual({ low: 0, high: 1 });
    expect(interval(0.6)).toEqual({ low: 0, high: 1 });
    expect(interval(0.4)).toEqual({ low: 0.5, high: 0.5 });
  });

  test("runs are resampled within their task, never across tasks", () => {
    const scores = [
      [0, 0, 0, 0],
      [10, 10, 10, 10],
    ];
    expect(interquartileMeanInterval(scores)).toEqual({ low: 5, high: 5 });
  });

  test("agree with a bootstrap of 400 000 resamples in numpy", () => {
    const options = { resamples: 50_000 };
    const one = interquartileMeanInterval([CARTPOLE], options);
    expect(Math.abs(one.low - 361.333)).toBeLessThan(2);
    expect(Math.abs(one.high - 494)).toBeLessThan(0.7);
    const most = interquartileMeanInterval([CARTPOLE], { ...options, confidence: 0.9 });
    expect(Math.abs(most.low - 384.333)).toBeLessThan(2);
    expect(Math.abs(most.high - 491.667)).toBeLessThan(0.7);
    const scaled = [CARTPOLE.map((score) => score / 100), BREAKOUT.map((score) => 0.3 * score)];
    expect(interquartileMean(scaled.flat())).toBeCloseTo(4.008, 10);
    const pooled = interquartileMeanInterval(scaled, options);
    expect(Math.abs(pooled.low - 3.318)).toBeLessThan(0.02);
    expect(Math.abs(pooled.high - 4.595)).toBeLessThan(0.02);
  });

  test("an improvement's interval agrees with numpy's", () => {
    const x = [
      [3, 5, 7, 1, 9, 4],
      [0.2, 0.1, 0.6, 0.4, 0.4, 0.3],
    ];
    const y = [
      [2, 5, 6, 4, 3, 4],
      [0.3, 0.2, 0.5, 0.4, 0.1, 0.1],
    ];
    expect(probabilityOfImprovement(x, y)).toBeCloseTo((21 / 36 + 22 / 36) / 2, 12);
    const interval = improvementInterval(x, y);
    expect(Math.abs(interval.low - 0.3611)).toBeLessThan(0.015);
    expect(Math.abs(interval.high - 0.8194)).toBeLessThan(0.015);
    const reversed = improvementInterval(y, x);
    expect(Math.abs(reversed.low - (1 - interval.high))).toBeLessThan(0.03);
  });

  test("cover the true value about as often as they promise", () => {
    const random = new Uint32Array(4);
    seedRandom(random, key(11).toSeed());
    const experiments = 400;
    let covered = 0;
    for (let i = 0; i < experiments; i++) {
      const runs = Array.from({ length: 30 }, () => nextFloat(random)); // true mean of the middle: 1/2
      const { low, high } = interquartileMeanInterval([runs], { resamples: 400, seed: i });
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    expect(covered / experiments).toBeGreaterThan(0.9);
    expect(covered / experiments).toBeLessThan(0.99);
  });

  test("are repeated exactly by the same seed, and changed by another", () => {
    const of = (seed: number): unknown =>
      interquartileMeanInterval([BREAKOUT], { seed, resamples: 500 });
    expect(of(3)).toEqual(of(3));
    expect(of(3)).not.toEqual(of(4));
    expect(interquartileMeanInterval([BREAKOUT])).toEqual(
      interquartileMeanInterval([BREAKOUT], { seed: 0, resamples: 10_000, confidence: 0.95 }),
    );
  });

  test("any statistic of the resampled groups has one", () => {
    const spread = (groups: number[][]): number => median(groups[1]) - median(groups[0]);
    const { low, high } = bootstrapInterval([BREAKOUT, CARTPOLE], spread, { resamples: 1000 });
    expect(low).toBeGreaterThan(300);
    expect(high).toBeLessThan(500);
  });
});

test("missing runs, values that are not finite and settings out of range are refused", () => {
  const refusals: [() => unknown, string, string][] = [
    [() => median([]), "BAD_VALUE", "median: values are missing (got lengths [0]"],
    [() => interquartileMean([1, Number.NaN]), "NOT_FINITE", "(got NaN at 1)"],
    [() => interquartileMeanInterval([]), "BAD_VALUE", "(got lengths []"],
    [() => interquartileMeanInterval([[1], []]), "BAD_VALUE", "(got lengths [1,0]"],
    [
      () => probabilityOfImprovement([[1]], [[1], [2]]),
      "BAD_VALUE",
      "x and y must have the same tasks (got 1 and 2)",
    ],
    [
      () => improvementInterval([[1], [2]], [[1]]),
      "BAD_VALUE",
      "x and y must have the same tasks (got 2 and 1)",
    ],
    [
      () => interquartileMeanInterval([[1]], { confidence: 95 }),
      "BAD_VALUE",
      "confidence is out of range (got 95, expected 0 to 1)",
    ],
    [
      () => interquartileMeanInterval([[1]], { resamples: 0 }),
      "BAD_VALUE",
      "resamples is out of range (got 0, expected 1 or more)",
    ],
  ];
  for (const [call, code, message] of refusals) {
    expect(call).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  }
});
