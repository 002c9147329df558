import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { SavedState, Trainer } from "../agent.js";
import { createPolicy } from "../policies.js";
import { createTrainer, resolveConfig } from "../registry.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SMALL = { envs: 16, horizon: 32, minibatch: 128, epochs: 4, hidden: "16,16" };

/** A small PQN on a game. */
function trainer(game: string, overrides = {}, seed = 1, totalSteps = 20_000): Trainer {
  const config = resolveConfig("pqn", game, "", { ...SMALL, ...overrides });
  return createTrainer({ algo: "pqn", game: findGame(game), seed, device, config, totalSteps });
}

/** Runs `iterations` and gives the last saved state. */
function trained(agent: Trainer, iterations: number): SavedState {
  for (let i = 0; i < iterations; i++) agent.iterate();
  const state = agent.save();
  agent.dispose();
  return state;
}

describe("continuing", () => {
  test("same seed, same parameters after 64 updates; another seed, other parameters", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => trained(trainer("catch", {}, seed), 4));
    expect(a.arrays).toEqual(b.arrays);
    expect(a.arrays).not.toEqual(c.arrays);
  });

  test("[B19] [B20] save, load, continue is bit-equal to an uninterrupted run", () => {
    const whole = trained(trainer("mini-breakout", { hidden: "auto" }), 4);
    const half = trained(trainer("mini-breakout", { hidden: "auto" }), 2);
    const resumed = trainer("mini-breakout", { hidden: "auto" });
    resumed.restore({ arrays: half.arrays, json: JSON.parse(JSON.stringify(half.json)) });
    expect(resumed.steps).toBe(2 * 16 * 32);
    const end = trained(resumed, 2);
    expect(end).toEqual(whole);
  });

  test("a state from before games could live on a GPU, without words of a device, goes on", () => {
    const state = trained(trainer("catch"), 2);
    const { state: tree, ...rest } = JSON.parse(JSON.stringify(state.json));
    expect(tree.rollout.device).toHaveLength(4);
    delete tree.rollout.device;
    const resumed = trainer("catch");
    resumed.restore({ arrays: state.arrays, json: { ...rest, state: tree } });
    const whole = trained(trainer("catch"), 4);
    expect(trained(resumed, 2)).toEqual(whole);
  });

  test("a state without layer normalisation is refused", () => {
    const state = trained(trainer("catch", { layerNorm: false }), 1);
    const other = trainer("catch");
    expect(() => other.restore(state)).toThrow(/"trunk.0.norm.weight" is missing/);
    other.dispose();
  });
});

describe("learning rule", () => {
  test("[B35] every parameter moves in one iteration, those of the normalisation too", () => {
    const agent = trainer("mini-breakout", { dueling: true, hidden: "auto" });
    const before = agent.save();
    agent.iterate();
    const after = agent.save();
    const names = Object.keys(before.arrays).filter((name) => name.startsWith("parameters"));
    expect(names).toContain("parameters.trunk.conv.0.norm.weight");
    expect(names).toContain("parameters.trunk.dense.0.norm.bias");
    expect(names).toContain("parameters.heads.state.weight");
    for (const name of names) expect(after.arrays[name].data).not.toEqual(before.arrays[name].data);
    agent.dispose();
  });

  test("epsilon falls linearly over its part of the run and then stays", () => {
    const agent = trainer("catch", { epsilonFraction: 0.5 }, 1, 8 * 512);
    const epsilons = Array.from({ length: 6 }, () => agent.iterate().measures.epsilon);
    const fall = (1 - 0.05) / 4;
    const expected = [1, 1 - fall, 1 - 2 * fall, 1 - 3 * fall, 0.05, 0.05];
    for (const [i, epsilon] of epsilons.entries()) expect(epsilon).toBeCloseTo(expected[i], 12);
    agent.dispose();
  });

  test("every iteration measures the same names, all finite", () => {
    const agent = trainer("catch");
    const { measures } = agent.iterate();
    expect(Object.keys(measures)).toEqual(["qLoss", "qMean", "gradNorm", "epsilon"]);
    for (const value of Object.values(measures)) expect(Number.isFinite(value)).toBe(true);
    agent.dispose();
  });

  test("what does not fit is refused in one sentence", () => {
    expect(() => trainer("catch", { minibatch: 100 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: pqn: minibatch must divide envs x horizon (got 100, expected a divisor of 16 x 32 = 512)]`,
    );
    expect(() => trainer("pendulum")).toThrow(/takes games with discrete actions \(got pendulum/);
  });
});

test("a policy that is not greedy takes random actions with the evaluation's epsilon", () => {
  const game = findGame("catch");
  const config = resolveConfig("pqn", "catch", "", { ...SMALL, epsilonEvaluation: 1 });
  const state = trained(trainer("catch"), 1);
  const policy = createPolicy({ algo: "pqn", game, device, config, state, count: 300 });
  const observations = new Float32Array(300 * game.create().spec.observation.size);
  const actions = new Int32Array(300);
  policy.act(observations, actions, { greedy: true });
  expect(new Set(actions).size).toBe(1);
  policy.act(observations, actions, { greedy: false });
  expect(new Set(actions).size).toBe(3);
  policy.dispose();
});
