/** PQN on the probe games, each of which isolates one class of mistakes (see @carom/envs' probes). */
import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { createPolicy, createTrainer, evaluate, type Policy, resolveConfig } from "../src/index.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SETTINGS = {
  envs: 16,
  horizon: 16,
  minibatch: 64,
  epochs: 4,
  hidden: "32",
  learningRate: 1e-2,
  epsilonFraction: 0.5,
};

/** A policy for `count` games, trained on one for `steps` env steps. */
function learn(id: string, count: number, steps: number, overrides = {}): Policy {
  const game = findGame(id);
  const config = resolveConfig("pqn", game.id, "", { ...SETTINGS, ...overrides });
  const trainer = createTrainer({ algo: "pqn", game, seed: 5, device, config, totalSteps: steps });
  while (trainer.steps < steps) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  return createPolicy({ algo: "pqn", game, device, config, state, count });
}

/** What a policy trained on a probe thinks of each observation: value, and the best action. */
function learned(
  probe: string,
  observations: number[],
  overrides: Record<string, number> = {},
): { value: number; best: number }[] {
  const policy = learn(`probe:${probe}`, observations.length, 25_600, overrides);
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

test("probe:constant: the value of a reward that always comes", () => {
  expect(learned("constant", [0])[0].value).toBeCloseTo(1, 1);
});

test("probe:observation: the value follows the observation", () => {
  const [low, high] = learned("observation", [-1, 1]);
  expect(low.value).toBeCloseTo(-1, 1);
  expect(high.value).toBeCloseTo(1, 1);
});

test("probe:delay: a reward two decisions away is discounted twice", () => {
  const values = learned("delay", [0, 0.5, 1], { gamma: 0.5 }).map(({ value }) => value);
  expect(values[0]).toBeCloseTo(0.25, 1);
  expect(values[1]).toBeCloseTo(0.5, 1);
  expect(values[2]).toBeCloseTo(1, 1);
});

test("probe:action: the better action is taken, and its value is known", () => {
  const [{ value, best }] = learned("action", [0]);
  expect(best).toBe(1);
  expect(value).toBeCloseTo(1, 1);
});

test("probe:match: the action depends on the observation", () => {
  expect(learned("match", [-1, 1]).map(({ best }) => best)).toEqual([0, 1]);
});

test.each([0, 0.65, 1])(
  "[B1] probe:truncation: the value of a reward for ever is 1 / (1 - gamma), lambda %s",
  (lambda) => {
    const [{ value }] = learned("truncation", [0], { gamma: 0.8, lambda });
    expect(value).toBeGreaterThan(4.7); // the sum to the cut, 1 + 0.8 + ... + 0.8^9, averages far below
    expect(value).toBeLessThan(5.3);
  },
);

test("probe:identity: among many steps of one episode each has its own action", () => {
  expect(score(learn("probe:identity", 20, 25_600), "probe:identity")).toBeGreaterThanOrEqual(15.9);
});

test("[B25] probe:mask: the best of the allowed actions, and never a forbidden one", () => {
  const steps = 102_400;
  expect(score(learn("probe:mask", 20, steps), "probe:mask")).toBeGreaterThanOrEqual(3.9);
});

test("Catch is played perfectly", () => {
  const policy = learn("catch", 50, 60_000, { hidden: "64", learningRate: 3e-3 });
  expect(score(policy, "catch")).toBeGreaterThanOrEqual(0.9);
});
