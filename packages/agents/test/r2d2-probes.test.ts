/** R2D2 on the probe games, each of which isolates one class of mistakes (see @carom/envs' probes). */
import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { createPolicy, createTrainer, evaluate, type Policy, resolveConfig } from "../src/index.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SETTINGS = {
  envs: 8,
  buffer: 8000,
  learningStarts: 512,
  trainEvery: 16,
  targetEvery: 128,
  batch: 16,
  sequence: 12,
  burnIn: 4,
  nStep: 3,
  hidden: "32",
  memory: "gru",
  memorySize: 16,
  learningRate: 5e-3,
  epsilonFraction: 0.5,
};

type Overrides = Record<string, number | string | boolean>;

/** A policy for `count` games, trained on one for `steps` env steps. */
function learn(id: string, count: number, steps: number, overrides: Overrides = {}): Policy {
  const game = findGame(id);
  const config = resolveConfig("r2d2", game.id, "", { ...SETTINGS, ...overrides });
  const trainer = createTrainer({ algo: "r2d2", game, seed: 5, device, config, totalSteps: steps });
  while (trainer.steps < steps) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  return createPolicy({ algo: "r2d2", game, device, config, state, count });
}

/** What a policy trained on a probe thinks of each observation as the first: value, and the best action. */
function learned(
  probe: string,
  observations: number[],
  overrides: Overrides = {},
): { value: number; best: number }[] {
  const policy = learn(`probe:${probe}`, observations.length, 12_000, overrides);
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

test.each([1, 3])(
  "probe:delay: a reward two decisions away is discounted twice, %s-step",
  (nStep) => {
    const [{ value }] = learned("delay", [0], { gamma: 0.5, nStep });
    expect(value).toBeCloseTo(0.25, 1);
  },
);

test("probe:action: the better action is taken, and its value is known", () => {
  const [{ value, best }] = learned("action", [0]);
  expect(best).toBe(1);
  expect(value).toBeCloseTo(1, 1);
});

test("probe:match: the action depends on the observation", () => {
  expect(learned("match", [-1, 1]).map(({ best }) => best)).toEqual([0, 1]);
});

test.each([true, false])(
  "[B2] probe:truncation: the value of a reward for ever is 1 / (1 - gamma), rescaled: %s",
  (rescale) => {
    const [{ value }] = learned("truncation", [0], { gamma: 0.8, rescale });
    expect(value).toBeGreaterThan(4.7); // the sum to the cut, 1 + 0.8 + ... + 0.8^9, is 4.46
    expect(value).toBeLessThan(5.3);
  },
);

test("probe:identity: among many steps of one episode each has its own action", () => {
  expect(score(learn("probe:identity", 20, 12_000), "probe:identity")).toBeGreaterThanOrEqual(15.9);
});

test("[B25] probe:mask: the best of the allowed actions, and never a forbidden one", () => {
  expect(score(learn("probe:mask", 20, 40_000), "probe:mask")).toBeGreaterThanOrEqual(3.9);
});

const patient = { memorySize: 32, learningRate: 1e-2, nStep: 10, targetEvery: 512 };
test.each([
  ["gru", {}],
  ["lstm", {}],
  ["mingru", patient], // its gates do not see the state: it forgets the cue until it has learned not to
])("[B23] probe:memory: a cue from 10 decisions ago is remembered, %s", (memory, more) => {
  const policy = learn("probe:memory", 20, 40_000, { memory, sequence: 24, ...more });
  expect(score(policy, "probe:memory")).toBeGreaterThanOrEqual(0.99);
});

test("probe:memory: DQN, which has no memory, cannot", () => {
  const game = findGame("probe:memory");
  const overrides = { envs: 8, learningStarts: 512, hidden: "32", learningRate: 3e-3 };
  const config = resolveConfig("dqn", game.id, "", overrides);
  const totalSteps = 40_000;
  const trainer = createTrainer({ algo: "dqn", game, seed: 5, device, config, totalSteps });
  while (trainer.steps < totalSteps) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  const policy = createPolicy({ algo: "dqn", game, device, config, state, count: 20 });
  expect(Math.abs(score(policy, "probe:memory"))).toBeLessThan(0.4); // 4 sigma around 0
});

test("Catch is played perfectly", () => {
  const policy = learn("catch", 50, 40_000, { hidden: "64", learningRate: 2e-3 });
  expect(score(policy, "catch")).toBeGreaterThanOrEqual(0.9);
});
