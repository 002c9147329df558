import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { SavedState, Trainer } from "../agent.js";
import { createTrainer, resolveConfig } from "../registry.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SMALL = {
  envs: 16,
  horizon: 32,
  minibatch: 128,
  epochs: 4,
  hidden: "16,16",
  learningRate: 5e-3,
};

/** A small PPO on a game. */
function trainer(game: string, overrides = {}, seed = 1, totalSteps = 100_000): Trainer {
  const config = resolveConfig("ppo", game, "", { ...SMALL, ...overrides });
  return createTrainer({ algo: "ppo", game: findGame(game), seed, device, config, totalSteps });
}

/** Runs `iterations` and gives the last saved state. */
function trained(agent: Trainer, iterations: number): SavedState {
  for (let i = 0; i < iterations; i++) agent.iterate();
  const state = agent.save();
  agent.dispose();
  return state;
}

describe("continuing", () => {
  test("same seed, same parameters after 50 updates; another seed, other parameters", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => trained(trainer("catch", {}, seed), 4));
    expect(a.arrays).toEqual(b.arrays);
    expect(a.arrays).not.toEqual(c.arrays);
  });

  test("[B19] [B20] save, load, continue is bit-equal to an uninterrupted run", () => {
    const whole = trained(trainer("breakout"), 6);
    const half = trained(trainer("breakout"), 3);
    const resumed = trainer("breakout");
    resumed.restore({ arrays: half.arrays, json: JSON.parse(JSON.stringify(half.json)) });
    expect(resumed.steps).toBe(3 * 16 * 32);
    const end = trained(resumed, 3);
    expect(end).toEqual(whole);
  });

  test("a state of another shape is refused", () => {
    const state = trained(trainer("catch"), 1);
    const other = trainer("catch", { hidden: "8" });
    expect(() => other.restore(state)).toThrow(/no parameter "trunk.1.weight"/);
    other.dispose();
  });
});

describe("learning rule", () => {
  test("[B16] before the first gradient step the ratio is one: nothing is clipped", () => {
    const agent = trainer("catch", { epochs: 1, minibatch: 512 });
    const metrics = agent.iterate();
    expect(metrics.measures.clipFraction).toBe(0);
    expect(Math.abs(metrics.measures.approxKl)).toBeLessThan(1e-6);
    agent.dispose();
  });

  test("[B35] every parameter moves in one update", () => {
    const agent = trainer("catch");
    const before = agent.save();
    agent.iterate();
    const after = agent.save();
    const names = Object.keys(before.arrays).filter((name) => name.startsWith("parameters"));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(after.arrays[name].data).not.toEqual(before.arrays[name].data);
    agent.dispose();
  });

  test("the step size falls linearly to its final value", () => {
    const agent = trainer("catch", { learningRate: 1e-2, finalLearningRate: 0 }, 1, 4 * 512);
    const rates = Array.from({ length: 5 }, () => agent.iterate().learningRate);
    const expected = [1e-2, 7.5e-3, 5e-3, 2.5e-3, 0];
    for (const [i, rate] of rates.entries()) expect(rate).toBeCloseTo(expected[i], 12);
    agent.dispose();
  });

  test("[B14] a minibatch that does not divide the rollout is refused", () => {
    expect(() => trainer("catch", { minibatch: 100 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: ppo: minibatch must divide envs x horizon (got 100, expected a divisor of 16 x 32 = 512)]`,
    );
  });
});
