import { describe, expect, test } from "vitest";
import { gae } from "./gae.js";
import { type LambdaReturnsInput, lambdaReturns } from "./lambda-returns.js";
import {
  discountedSum,
  episodes,
  generator,
  goldenSteps,
  randomSteps,
  steps,
  valueAfter,
} from "./testing.js";

function run(input: LambdaReturnsInput): number[] {
  const returns = new Float32Array(input.values.length);
  lambdaReturns(input, returns);
  return [...returns];
}

/** The definition (Sutton and Barto 2018, eq. 12.3): all n-step returns of an episode, weighted. */
function weightedReturns(steps: LambdaReturnsInput, from: number): number {
  const { gamma, lambda, horizon, rewards } = steps;
  let rewardSum = 0;
  let total = 0;
  for (let t = from; t < horizon; t++) {
    const n = t - from + 1;
    rewardSum += gamma ** (n - 1) * rewards[t];
    const nStep = rewardSum + gamma ** n * valueAfter(steps, t);
    // The longest one takes what is left of the weight.
    const weight = t === horizon - 1 ? lambda ** (n - 1) : (1 - lambda) * lambda ** (n - 1);
    total += weight * nStep;
  }
  return total;
}

describe("lambda-returns", () => {
  const parts = { rewards: [1, 1, 1, 1, 1, 1], values: [1, 2, 3, 4, 5, 6], last: 8 };

  test("six steps with a terminal in the middle, by hand", () => {
    const returns = run({ ...steps("..T...", parts), gamma: 0.5, lambda: 0.5 });
    // from the back, G = 1 + (V' + G') / 4: 1+16/4=5, 1+11/4=3.75, 1+8.75/4=3.1875 | 1, 1+4/4=2, 1+4/4=2
    expect(returns).toEqual([2, 2, 1, 3.1875, 3.75, 5]);
  });

  test("six steps with a time limit in the middle, by hand", () => {
    const final = [Number.NaN, Number.NaN, 10, Number.NaN, Number.NaN, Number.NaN];
    const returns = run({ ...steps("..C...", { ...parts, final }), gamma: 0.5, lambda: 0.5 });
    // 1+10/2=6, 1+(3+6)/4=3.25, 1+(2+3.25)/4=2.3125; behind the limit nothing changes
    expect(returns).toEqual([2.3125, 3.25, 6, 3.1875, 3.75, 5]);
  });

  test("two games with every kind of end equal numbers from a float64 linear solver", () => {
    const returns = run({ ...goldenSteps(), gamma: 0.9, lambda: 0.8 });
    // numpy.linalg.solve of (I - gamma lambda S) G = r + gamma (1 - lambda) V', S the shift within episodes
    const golden = [
      1.04216, 0.188, 0.828, 1.6, 1, 2.5757408, -0.5792, 0.67464, -0.06, 0.712, 0.72, -0.25,
    ];
    golden.forEach((g, at) => {
      expect(Math.abs(returns[at] - g)).toBeLessThan(1e-6);
    });
  });

  test("lambda 0 is one step: the reward and the next value", () => {
    const final = [Number.NaN, 20, Number.NaN, Number.NaN, Number.NaN, Number.NaN];
    const returns = run({ ...steps(".CT...", { ...parts, final }), gamma: 0.5, lambda: 0 });
    expect(returns).toEqual([2, 11, 1, 3.5, 4, 5]);
  });

  test("lambda 1 is Monte Carlo: no value within an episode counts", () => {
    const random = generator(1);
    for (let round = 0; round < 200; round++) {
      const drawn = randomSteps(random);
      const input = { ...drawn, gamma: 0.97, lambda: 1, values: drawn.values.map(() => 1e9) };
      const returns = run(input);
      for (const episode of episodes(input)) {
        for (const [t, at] of episode.places.entries()) {
          expect(Math.abs(returns[at] - discountedSum(episode, 0.97, t))).toBeLessThan(1e-5);
        }
      }
    }
  });

  test("equals the weighted n-step returns, written out", () => {
    const random = generator(2);
    for (let round = 0; round < 200; round++) {
      const input = { ...randomSteps(random), gamma: 0.97, lambda: 0.65 };
      const returns = run(input);
      for (const episode of episodes(input)) {
        for (const [t, at] of episode.places.entries()) {
          const alone = { ...input, ...episode.steps };
          expect(Math.abs(returns[at] - weightedReturns(alone, t))).toBeLessThan(1e-5);
        }
      }
    }
  });

  test("[B3] a rollout with boundaries equals its episodes taken one by one", () => {
    const random = generator(3);
    for (let round = 0; round < 200; round++) {
      const input = { ...randomSteps(random), gamma: 0.97, lambda: 0.65 };
      const returns = run(input);
      for (const episode of episodes(input)) {
        const alone = run({ ...input, ...episode.steps });
        expect(alone).toEqual(episode.places.map((at) => returns[at]));
      }
    }
  });

  test("[B5] the value of the next episode's first observation is never used at a boundary", () => {
    const sentinel = 1e6;
    const end = { rewards: [1, 0], values: [0, sentinel], last: sentinel, final: [7, Number.NaN] };
    for (const lambda of [0, 0.5, 1]) {
      expect(run({ ...steps("C.", end), gamma: 1, lambda })[0]).toBe(8);
      expect(run({ ...steps("T.", end), gamma: 1, lambda })[0]).toBe(1);
    }
  });

  test("a step that is marked both ended and cut counts as ended", () => {
    const both = steps("C", { rewards: [1], values: [3], last: 5, final: [7] });
    expect(run({ ...both, terminated: Uint8Array.of(1), gamma: 1, lambda: 0.5 })).toEqual([1]);
  });

  test("are the returns of generalised advantage estimation", () => {
    const random = generator(5);
    for (let round = 0; round < 100; round++) {
      const input = { ...randomSteps(random), gamma: 0.97, lambda: 0.65 };
      const returns = new Float32Array(input.values.length);
      gae(input, new Float32Array(input.values.length), returns);
      run(input).forEach((g, at) => {
        expect(Math.abs(g - returns[at])).toBeLessThan(1e-6);
      });
    }
  });
});
