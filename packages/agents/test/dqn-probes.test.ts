/** DQN and its relatives on the probe games, each of which isolates one class of mistakes (see @carom/envs' probes). */
import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { createPolicy, createTrainer, evaluate, type Policy, resolveConfig } from "../src/index.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SETTINGS = {
  envs: 4,
  buffer: 2000,
  learningStarts: 128,
  trainEvery: 4,
  batch: 32,
  targetEvery: 64,
  hidden: "32",
  learningRate: 1e-2,
  finalLearningRate: 0,
  epsilonFraction: 0.5,
  atoms: 21,
  vMin: -2,
  vMax: 6,
  quantiles: 8,
};

type Algo = "dqn" | "c51" | "qrdqn" | "rainbow";
type Overrides = Readonly<Record<string, number | string>>;

/** A policy for `count` games, trained on one for `steps` env steps. */
function learn(algo: Algo, id: string, count: number, steps: number, set: Overrides = {}): Policy {
  const game = findGame(id);
  const config = resolveConfig(algo, `none of ${id}`, "", { ...SETTINGS, ...set });
  const trainer = createTrainer({ algo, game, seed: 5, device, config, totalSteps: steps });
  while (trainer.steps < steps) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  return createPolicy({ algo, game, device, config, state, count });
}

/** What a policy trained on a probe thinks of each observation: value, and the best action. */
function learned(
  algo: Algo,
  probe: string,
  observations: number[],
  set: Overrides = {},
): { value: number; best: number }[] {
  const policy = learn(algo, `probe:${probe}`, observations.length, 12_000, set);
  const { values } = policy.assess(Float32Array.from(observations));
  const actions = new Int32Array(observations.length);
  policy.act(Float32Array.from(observations), actions, { greedy: true });
  policy.dispose();
  return observations.map((_, i) => ({ value: values[i], best: actions[i] }));
}

/** Mean return of 100 greedy episodes. */
function score(policy: Policy, id: string): number {
  const { returns } = evaluate(policy, findGame(id), { episodes: 100, greedy: true, seed: 1 });
  policy.dispose();
  return returns.reduce((sum, value) => sum + value, 0) / returns.length;
}

describe.each<Algo>(["dqn", "c51", "qrdqn", "rainbow"])("%s", (algo) => {
  test("probe:constant: the value of a reward that always comes", () => {
    expect(learned(algo, "constant", [0])[0].value).toBeCloseTo(1, 1);
  });

  test("probe:observation: the value follows the observation", () => {
    const [low, high] = learned(algo, "observation", [-1, 1]);
    expect(low.value).toBeCloseTo(-1, 1);
    expect(high.value).toBeCloseTo(1, 1);
  });

  test.each([1, 2, 3])(
    "probe:delay: a reward two decisions away is discounted twice, n = %i",
    (nStep) => {
      const [first, second, third] = learned(algo, "delay", [0, 0.5, 1], { gamma: 0.5, nStep });
      expect(first.value).toBeCloseTo(0.25, 1);
      expect(second.value).toBeCloseTo(0.5, 1);
      expect(third.value).toBeCloseTo(1, 1);
    },
  );

  test("probe:action: the better action is taken", () => {
    const [{ value, best }] = learned(algo, "action", [0]);
    expect(best).toBe(1);
    expect(value).toBeCloseTo(1, 1);
  });

  test("probe:match: the action depends on the observation", () => {
    const [low, high] = learned(algo, "match", [-1, 1]);
    expect(low.best).toBe(0);
    expect(high.best).toBe(1);
  });

  test("[B2] probe:truncation: the value of a reward for ever is 1 / (1 - gamma), not the sum to the cut", () => {
    const [{ value }] = learned(algo, "truncation", [0], { gamma: 0.8, targetEvery: 32 });
    expect(value).toBeGreaterThan(4.7); // the sum to the cut, 1 + 0.8 + ... + 0.8^9, averages far below
    expect(value).toBeLessThan(5.3);
  });

  test("probe:identity: neighbouring steps are not mixed up", () => {
    const id = "probe:identity";
    expect(score(learn(algo, id, 20, 12_000, { gamma: 0 }), id)).toBeGreaterThan(15.9);
  });

  test("Catch is played perfectly", () => {
    const policy = learn(algo, "catch", 50, 30_000, { learningRate: 2e-3, epsilonFraction: 0.2 });
    expect(score(policy, "catch")).toBeGreaterThanOrEqual(0.9);
  });
});

test("probe:mask: forbidden actions are neither taken nor counted in the maximum", () => {
  const id = "probe:mask";
  const set = { nStep: 2, gamma: 0.9, hidden: "64", learningRate: 5e-3 };
  const policy = learn("dqn", id, 20, 30_000, set);
  expect(score(policy, id)).toBeGreaterThan(3.8);
});
