import { describe, expect, test } from "vitest";
import { type GaeInput, gae } from "./gae.js";
import {
  discountedSum,
  episodes,
  generator,
  goldenSteps,
  randomSteps,
  type Steps,
  steps,
} from "./testing.js";

/** Runs GAE with gamma = lambda = 1/2 unless told otherwise. */
function run(
  rollout: Steps,
  settings: Partial<Pick<GaeInput, "gamma" | "lambda">> = {},
): { advantages: number[]; returns: number[] } {
  const advantages = new Float32Array(rollout.values.length);
  const returns = new Float32Array(rollout.values.length);
  gae({ gamma: 0.5, lambda: 0.5, ...settings, ...rollout }, advantages, returns);
  return { advantages: [...advantages], returns: [...returns] };
}

describe("generalised advantage estimation", () => {
  const parts = { rewards: [1, 1, 1, 1, 1, 1], values: [1, 2, 3, 4, 5, 6], last: 8 };

  test("[B6] six steps with a terminal in the middle, worked by hand", () => {
    // gamma = lambda = 1/2, so the recursion multiplies by 1/4.
    const { advantages, returns } = run(steps("..T...", parts));
    // deltas: 1+1-1=1, 1+1.5-2=0.5, 1-3=-2 | 1+2.5-4=-0.5, 1+3-5=-1, 1+4-6=-1
    expect(advantages).toEqual([1, 0, -2, -0.8125, -1.25, -1]);
    expect(returns).toEqual([2, 2, 1, 3.1875, 3.75, 5]);
  });

  test("[B6] an end at the first and at the last step, worked by hand", () => {
    const { advantages } = run(steps("T....T", parts));
    // deltas: 1-1=0 | 1+1.5-2=0.5, 1+2-3=0, 1+2.5-4=-0.5, 1+3-5=-1, 1-6=-5
    // from the back: -5, -1-5/4=-2.25, -0.5-2.25/4=-1.0625, -1.0625/4=-0.265625, 0.5-0.265625/4
    expect(advantages).toEqual([0, 0.43359375, -0.265625, -1.0625, -2.25, -5]);
  });

  test("[B1] a time limit bootstraps from the final observation's value, an end does not", () => {
    const one = { rewards: [1], values: [0], last: 100, final: [10] };
    expect(run(steps("C", one), { lambda: 1 }).returns).toEqual([6]);
    expect(run(steps("T", one), { lambda: 1 }).returns).toEqual([1]);
  });

  test("a step that is marked both ended and cut counts as ended", () => {
    const both = steps("C", { rewards: [1], values: [3], last: 5, final: [7] });
    expect(run({ ...both, terminated: Uint8Array.of(1) }).returns).toEqual([1]);
  });

  test("[B5] the value of the next episode's first observation is never used at a boundary", () => {
    const sentinel = 1e6;
    const end = { rewards: [0, 0], values: [0, sentinel], last: sentinel, final: [7, Number.NaN] };
    const settings = { gamma: 1, lambda: 1 };
    expect(run(steps("C.", end), settings).advantages[0]).toBe(7);
    expect(run(steps("T.", end), settings).advantages[0]).toBe(0);
  });

  test("[B3] six steps with a time limit in the middle, worked by hand", () => {
    const final = [Number.NaN, Number.NaN, 10, Number.NaN, Number.NaN, Number.NaN];
    const { advantages, returns } = run(steps("..C...", { ...parts, final }));
    // as the table above, but the third delta is 1+5-3=3, which ends the recursion all the same
    expect(advantages).toEqual([1.3125, 1.25, 3, -0.8125, -1.25, -1]);
    expect(returns).toEqual([2.3125, 3.25, 6, 3.1875, 3.75, 5]);
  });

  test("[B3] a rollout with boundaries equals its episodes taken one by one", () => {
    const random = generator(12345);
    for (let round = 0; round < 200; round++) {
      const rollout = randomSteps(random);
      const settings = { gamma: 0.97, lambda: 0.9 };
      const whole = run(rollout, settings);
      for (const episode of episodes(rollout)) {
        const alone = run(episode.steps, settings);
        expect(alone.advantages).toEqual(episode.places.map((at) => whole.advantages[at]));
        expect(alone.returns).toEqual(episode.places.map((at) => whole.returns[at]));
      }
    }
  });

  test("two games with every kind of end equal numbers from a float64 linear solver", () => {
    const { advantages } = run(goldenSteps(), { gamma: 0.9, lambda: 0.8 });
    // numpy.linalg.solve of (I - gamma lambda S) A = delta, S the shift within episodes
    const golden = [
      0.94216, -0.212, 1.128, 1.4, 0.4, 3.2757408, -1.6792, 0.17464, 0.14, -0.188, 0.42, 0.35,
    ];
    golden.forEach((a, at) => {
      expect(Math.abs(advantages[at] - a)).toBeLessThan(1e-6);
    });
  });

  test("with lambda 1 and no boundary, the return is the discounted sum", () => {
    const rollout = steps("...", { rewards: [1, 2, 4], values: [3, -1, 2], last: 8 });
    expect(run(rollout, { lambda: 1 }).returns).toEqual([4, 6, 8]);
  });

  test("with lambda 1, returns are A2C's n-step returns up to the rollout's end, whatever the values", () => {
    const random = generator(6);
    for (let round = 0; round < 200; round++) {
      const rollout = randomSteps(random);
      const { advantages, returns } = run(rollout, { gamma: 0.97, lambda: 1 });
      for (const episode of episodes(rollout)) {
        for (const [t, at] of episode.places.entries()) {
          const sum = discountedSum(episode, 0.97, t);
          expect(Math.abs(returns[at] - sum)).toBeLessThan(1e-5);
          expect(Math.abs(advantages[at] - (sum - rollout.values[at]))).toBeLessThan(1e-5);
        }
      }
    }
  });

  test("games side by side do not mix", () => {
    const one = run(steps("..", { rewards: [1, 0], values: [1, 2], last: 3 }));
    const two = run(steps(".T", { rewards: [0, 2], values: [5, 6], last: 9 }));
    const both = run({
      ...steps("....", { rewards: [1, 0, 0, 2], values: [1, 5, 2, 6], last: 0 }),
      horizon: 2,
      count: 2,
      lastValues: Float32Array.of(3, 9),
      terminated: Uint8Array.of(0, 0, 0, 1),
    });
    expect(both.advantages).toEqual([
      one.advantages[0],
      two.advantages[0],
      one.advantages[1],
      two.advantages[1],
    ]);
  });
});
