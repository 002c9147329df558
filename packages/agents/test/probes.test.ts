/**
 * The probe games, each of which isolates one class of mistakes: every algorithm must master all of them
 * within seconds. The first one that fails says where to look (see the table in @carom/envs' probes).
 */
import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { createPolicy, createTrainer, evaluate, resolveConfig } from "../src/index.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SETTINGS = {
  ppo: { envs: 16, horizon: 16, minibatch: 64, hidden: "16", learningRate: 1e-2, valueClip: 0 },
  reinforce: { envs: 16, hidden: "16", learningRate: 1e-2, maxGradNorm: 0 },
  a2c: { envs: 16, horizon: 8, hidden: "16", learningRate: 1e-2, maxGradNorm: 0 },
  vtrace: { envs: 16, horizon: 8, hidden: "16", learningRate: 1e-2, maxGradNorm: 0 },
} as const;

/** Iterations on a probe, and env steps of all iterations; then env steps on Catch. */
const LENGTHS = {
  ppo: { updates: 150, steps: 150 * 256, catchSteps: 60_000 },
  reinforce: { updates: 1500, steps: 1500 * 16, catchSteps: 120_000 },
  a2c: { updates: 1000, steps: 1000 * 128, catchSteps: 250_000 },
  vtrace: { updates: 1000, steps: 1000 * 128, catchSteps: 250_000 },
} as const;

/** What a policy trained on a probe thinks of each observation: its value and the probability of action 1. */
function learned(
  algo: keyof typeof SETTINGS,
  probe: string,
  observations: number[],
  overrides: Record<string, number | string> = {},
): { value: number; right: number }[] {
  const game = findGame(`probe:${probe}`);
  const config = resolveConfig(algo, game.id, "classic", { ...SETTINGS[algo], ...overrides });
  const { updates, steps: totalSteps } = LENGTHS[algo];
  const trainer = createTrainer({ algo, game, seed: 5, device, config, totalSteps });
  for (let i = 0; i < updates; i++) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  const count = observations.length;
  const policy = createPolicy({ algo, game, device, config, state, count });
  const { probabilities, values } = policy.assess(Float32Array.from(observations));
  policy.dispose();
  return observations.map((_, i) => ({
    value: values[i],
    right: probabilities?.[2 * i + 1] ?? Number.NaN,
  }));
}

describe.each(["ppo", "reinforce", "a2c", "vtrace"] as const)("%s", (algo) => {
  test("probe:constant: the value of a reward that always comes", () => {
    expect(learned(algo, "constant", [0])[0].value).toBeCloseTo(1, 1);
  });

  test("probe:observation: the value follows the observation", () => {
    const [low, high] = learned(algo, "observation", [-1, 1]);
    expect(low.value).toBeCloseTo(-1, 1);
    expect(high.value).toBeCloseTo(1, 1);
  });

  test("probe:delay: a reward two decisions away is discounted twice", () => {
    const values = learned(algo, "delay", [0, 0.5, 1], { gamma: 0.5, hidden: "32,32" }).map(
      ({ value }) => value,
    );
    expect(values[0]).toBeCloseTo(0.25, 1);
    expect(values[1]).toBeCloseTo(0.5, 1);
    expect(values[2]).toBeCloseTo(1, 1);
  });

  test("probe:action: the better action is taken", () => {
    expect(learned(algo, "action", [0])[0].right).toBeGreaterThan(0.9);
  });

  test("probe:match: the action depends on the observation", () => {
    const [low, high] = learned(algo, "match", [-1, 1]);
    expect(low.right).toBeLessThan(0.1);
    expect(high.right).toBeGreaterThan(0.9);
  });

  test("[B1] probe:truncation: the value of a reward for ever is 1 / (1 - gamma), not the sum to the cut", () => {
    const [{ value }] = learned(algo, "truncation", [0], { gamma: 0.8, learningRate: 2e-2 });
    expect(value).toBeGreaterThan(4.7); // the sum to the cut, 1 + 0.8 + ... + 0.8^9, averages far below
    expect(value).toBeLessThan(5.3);
  });

  test("Catch is played perfectly", () => {
    const game = findGame("catch");
    const config = resolveConfig(algo, game.id, "classic", {
      ...SETTINGS[algo],
      hidden: "32",
      learningRate: 5e-3,
    });
    const totalSteps = LENGTHS[algo].catchSteps;
    const trainer = createTrainer({ algo, game, seed: 5, device, config, totalSteps });
    while (trainer.steps < totalSteps) trainer.iterate();
    const state = trainer.save();
    trainer.dispose();
    const policy = createPolicy({ algo, game, device, config, state, count: 50 });
    const { returns } = evaluate(policy, game, { episodes: 100, greedy: true, seed: 1 });
    policy.dispose();
    const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
    expect(mean).toBeGreaterThanOrEqual(0.9);
  });
});
