import { describe, expect, test } from "vitest";
import { gae } from "./gae.js";
import {
  discountedSum,
  type Episode,
  episodes,
  generator,
  goldenSteps,
  pick,
  randomFloats,
  randomSteps,
  steps,
  valueAfter,
} from "./testing.js";
import { type VtraceInput, vtrace } from "./vtrace.js";

function run(input: VtraceInput): { advantages: number[]; targets: number[] } {
  const advantages = new Float32Array(input.values.length);
  const targets = new Float32Array(input.values.length);
  vtrace(input, advantages, targets);
  return { advantages: [...advantages], targets: [...targets] };
}

/** Adds log-probabilities with the given ratios pi / mu, exactly where they are powers of 2. */
function withRatios(
  rollout: ReturnType<typeof steps>,
  ratios: number[],
  settings: Partial<Pick<VtraceInput, "gamma" | "lambda" | "rhoBar" | "cBar">> = {},
): VtraceInput {
  return {
    ...rollout,
    gamma: 0.5,
    lambda: 1,
    rhoBar: 1,
    cBar: 1,
    behaviourLogProbs: new Float32Array(ratios.length),
    targetLogProbs: Float32Array.from(ratios, Math.log),
    ...settings,
  };
}

/** A random off-policy rollout: ratios between e^-2 and e^2. */
function randomInput(random: Uint32Array): VtraceInput {
  const rollout = randomSteps(random);
  const size = rollout.values.length;
  const behaviourLogProbs = randomFloats(random, size);
  const targetLogProbs = randomFloats(random, size);
  const settings = { gamma: 0.97, lambda: 0.9, rhoBar: 1.5, cBar: 1.1 };
  return { ...rollout, ...settings, behaviourLogProbs, targetLogProbs };
}

/** The part of `input` that belongs to one of its episodes. */
function inputOf(input: VtraceInput, { steps, places }: Episode): VtraceInput {
  return {
    ...input,
    ...steps,
    behaviourLogProbs: pick(input.behaviourLogProbs, places),
    targetLogProbs: pick(input.targetLogProbs, places),
  };
}

/** v_s of an episode by eq. 1 of the paper, sum and products written out. */
function targetBySum(input: VtraceInput, s: number): number {
  const ratio = (t: number): number =>
    Math.exp(input.targetLogProbs[t] - input.behaviourLogProbs[t]);
  let target = input.values[s];
  for (let t = s; t < input.horizon; t++) {
    let product = 1;
    for (let i = s; i < t; i++) product *= input.lambda * Math.min(input.cBar, ratio(i));
    const error = input.rewards[t] + input.gamma * valueAfter(input, t) - input.values[t];
    target += input.gamma ** (t - s) * product * Math.min(input.rhoBar, ratio(t)) * error;
  }
  return target;
}

/** rho_s (r_s + gamma v_{s+1} - V(s_s)) of an episode, section 4.2 of the paper. */
function advantageBySum(input: VtraceInput, s: number): number {
  const ratio = Math.exp(input.targetLogProbs[s] - input.behaviourLogProbs[s]);
  const after = s === input.horizon - 1 ? valueAfter(input, s) : targetBySum(input, s + 1);
  return Math.min(input.rhoBar, ratio) * (input.rewards[s] + input.gamma * after - input.values[s]);
}

describe("V-trace", () => {
  test("six steps with a terminal in the middle and ratios below and above the bounds, by hand", () => {
    const rollout = steps("..T...", {
      rewards: [1, 1, 1, 1, 1, 1],
      values: [1, 2, 3, 4, 5, 6],
      last: 8,
    });
    // Both bounds are 1 and gamma is 1/2, so ratio 2 counts as 1 and ratio 1/2 halves.
    const { advantages, targets } = run(withRatios(rollout, [2, 0.5, 1, 1, 2, 0.5]));
    // errors: 1+1-1=1, 1+1.5-2=0.5, 1-3=-2 | 1+2.5-4=-0.5, 1+3-5=-1, 1+4-6=-1
    // corrections: 1-0.125=0.875, 0.25-0.5=-0.25, -2 | -0.5-0.625=-1.125, -1-0.25=-1.25, -0.5
    const expected = [1.875, 1.75, 1, 2.875, 3.75, 5.5];
    // advantages: rho (1 + v'/2 - V), v' the target one step later
    const ahead = [0.875, -0.25, -2, -1.125, -1.25, -0.5];
    targets.forEach((v, t) => {
      expect(v).toBeCloseTo(expected[t], 6);
    });
    advantages.forEach((a, t) => {
      expect(a).toBeCloseTo(ahead[t], 6);
    });
  });

  test("two games with every kind of end equal numbers from a float64 linear solver", () => {
    const input = {
      ...goldenSteps(),
      ...{ gamma: 0.9, lambda: 0.8, rhoBar: 1.2, cBar: 0.7 },
      behaviourLogProbs: Float32Array.of(
        ...[-1.2, -0.3, -0.7, -1.6, -0.4, -0.9, -2.1, -0.2, -0.5, -1.1, -1.4, -0.8],
      ),
      targetLogProbs: Float32Array.of(
        ...[-0.6, -0.9, -0.8, -0.7, -1.3, -0.9, -1, -0.35, -0.45, -2, -1.5, -0.3],
      ),
    };
    const { advantages, targets } = run(input);
    // numpy.linalg.solve of (I - gamma C S) (v - V) = delta, S the shift within episodes
    const golden = {
      targets: [
        0.680382, 0.3942924, 0.5420279, 1.88, 0.7626279, 2.5702663, -0.9618223, 0.7386237,
        -0.052822, 0.844056, 0.6800317, -0.18,
      ],
      advantages: [
        1.0653901, 0.160253, 0.8925, 1.68, 0.1626279, 3.3647613, -1.9770478, 0.2234832, 0.147178,
        -0.0252073, 0.3800317, 0.42,
      ],
    };
    for (let at = 0; at < targets.length; at++) {
      expect(Math.abs(targets[at] - golden.targets[at])).toBeLessThan(1e-6);
      expect(Math.abs(advantages[at] - golden.advantages[at])).toBeLessThan(1e-6);
    }
  });

  test("rho is bounded by rhoBar, the trace by cBar, each on its own", () => {
    const rollout = steps("..", { rewards: [1, 2], values: [0, 0], last: 0 });
    const at = (rhoBar: number, cBar: number): { advantages: number[]; targets: number[] } =>
      run(withRatios(rollout, [4, 4], { gamma: 1, rhoBar, cBar }));
    // v_1 = rho 2, v_0 = rho 1 + c v_1, A_1 = rho 2, A_0 = rho (1 + v_1)
    const table: [number, number, number[], number[]][] = [
      [1, 1, [3, 2], [3, 2]],
      [2, 1, [6, 4], [10, 4]],
      [1, 2, [5, 2], [3, 2]],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, [36, 8], [36, 8]],
    ];
    for (const [rhoBar, cBar, targets, advantages] of table) {
      const got = at(rhoBar, cBar);
      targets.forEach((v, t) => {
        expect(got.targets[t]).toBeCloseTo(v, 5);
      });
      advantages.forEach((a, t) => {
        expect(got.advantages[t]).toBeCloseTo(a, 5);
      });
    }
  });

  test("an action that the learner would never take teaches nothing and stops the trace", () => {
    const rollout = steps("...", { rewards: [1, 2, 4], values: [3, 5, 7], last: 9 });
    const { advantages, targets } = run(withRatios(rollout, [1, 0, 1]));
    expect(advantages[1]).toBe(0);
    expect(targets[1]).toBe(5);
    expect(targets[0]).toBe(1 + 0.5 * 5);
  });

  test("[B4] a rollout with inner ends equals its episodes taken one by one", () => {
    const random = generator(4);
    for (let round = 0; round < 200; round++) {
      const input = randomInput(random);
      const whole = run(input);
      for (const episode of episodes(input)) {
        const alone = run(inputOf(input, episode));
        expect(alone.advantages).toEqual(episode.places.map((at) => whole.advantages[at]));
        expect(alone.targets).toEqual(episode.places.map((at) => whole.targets[at]));
      }
    }
  });

  test("[B4] on policy with lambda 1, the target is the return G and the advantage is G - V", () => {
    const random = generator(44);
    for (let round = 0; round < 200; round++) {
      const drawn = randomInput(random);
      const input = { ...drawn, lambda: 1, targetLogProbs: drawn.behaviourLogProbs };
      const { advantages, targets } = run(input);
      for (const episode of episodes(input)) {
        for (const [t, at] of episode.places.entries()) {
          const sum = discountedSum(episode, input.gamma, t);
          expect(Math.abs(targets[at] - sum)).toBeLessThan(1e-5);
          expect(Math.abs(advantages[at] - (sum - input.values[at]))).toBeLessThan(1e-5);
        }
      }
    }
  });

  test("on policy the targets are the returns of GAE for any lambda, with lambda 1 the advantages too", () => {
    const random = generator(7);
    for (const lambda of [0, 0.5, 1]) {
      const drawn = randomInput(random);
      const input = { ...drawn, lambda, targetLogProbs: drawn.behaviourLogProbs };
      const { advantages, targets } = run(input);
      const expected = {
        advantages: new Float32Array(targets),
        returns: new Float32Array(targets),
      };
      gae(input, expected.advantages, expected.returns);
      expect(targets).toEqual([...expected.returns]);
      if (lambda === 1) expect(advantages).toEqual([...expected.advantages]);
    }
  });

  test("[B4] equals the sum of eq. 1, written out, at every step of every episode", () => {
    const random = generator(444);
    for (let round = 0; round < 200; round++) {
      const input = randomInput(random);
      const { advantages, targets } = run(input);
      for (const episode of episodes(input)) {
        const alone = inputOf(input, episode);
        for (const [t, at] of episode.places.entries()) {
          expect(Math.abs(targets[at] - targetBySum(alone, t))).toBeLessThan(1e-5);
          expect(Math.abs(advantages[at] - advantageBySum(alone, t))).toBeLessThan(1e-5);
        }
      }
    }
  });

  test("[B4] a time limit bootstraps from the final observation once, an end from nothing", () => {
    const sentinel = 1e6;
    const parts = { rewards: [1, 0], values: [3, sentinel], last: sentinel, final: [10, 0] };
    const cut = run(withRatios(steps("C.", parts), [1, 1]));
    expect([cut.targets[0], cut.advantages[0]]).toEqual([6, 3]);
    const ended = run(withRatios(steps("T.", parts), [1, 1]));
    expect([ended.targets[0], ended.advantages[0]]).toEqual([1, -2]);
  });

  test("a step that is marked both ended and cut counts as ended", () => {
    const both = steps("C", { rewards: [1], values: [3], last: 5, final: [7] });
    const input = withRatios({ ...both, terminated: Uint8Array.of(1) }, [1]);
    expect(run(input)).toEqual({ advantages: [-2], targets: [1] });
  });

  test("[B4] the last step of the rollout is used, and bootstraps from the observation after it", () => {
    const only = steps(".", { rewards: [1], values: [3], last: 10 });
    expect(run(withRatios(only, [1]))).toEqual({ advantages: [3], targets: [6] });
  });

  test("on average over the actor's actions, the values of the paper's eq. 3 stay where they are", () => {
    // One decision with three actions: the fixed point is the value of pi_rhoBar ~ min(rhoBar mu, pi).
    const mu = [0.5, 0.3, 0.2];
    const pi = [0.1, 0.2, 0.7];
    const rewards = [1, -2, 4];
    const rhoBar = 1.25;
    const weights = mu.map((m, a) => Math.min(rhoBar * m, pi[a]));
    const total = weights.reduce((sum, w) => sum + w, 0);
    const fixed = weights.reduce((sum, w, a) => sum + (w / total) * rewards[a], 0);
    const targets = rewards.map((reward, a) => {
      const step = steps("T", { rewards: [reward], values: [fixed], last: Number.NaN });
      return run(withRatios(step, [pi[a] / mu[a]], { rhoBar })).targets[0];
    });
    const mean = targets.reduce((sum, v, a) => sum + mu[a] * v, 0);
    expect(mean).toBeCloseTo(fixed, 5);
    expect(fixed).not.toBeCloseTo(
      pi.reduce((sum, p, a) => sum + p * rewards[a], 0),
      1,
    );
  });
});
