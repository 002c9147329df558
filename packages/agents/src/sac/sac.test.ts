import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import type { SavedState, Trainer } from "../agent.js";
import { createTrainer, resolveConfig } from "../registry.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** A small SAC on pendulum. */
function trainer(overrides = {}): Trainer {
  const small = {
    ...{ hidden: "16,16", batch: 16, learningStarts: 50, trainEvery: 4 },
    ...{ temperature: 1, learningRate: 1e-3, ...overrides },
  };
  const config = resolveConfig("sac", "pendulum", "", small);
  const game = findGame("pendulum");
  return createTrainer({ algo: "sac", game, seed: 1, device, config, totalSteps: 10_000 });
}

/** log alpha in a state. */
function logTemperature({ arrays }: SavedState): number {
  return arrays["temperature.log"].data[0];
}

test("[B35] the temperature moves, and still does after a restore", () => {
  const agent = trainer();
  const logs = [logTemperature(agent.save())];
  agent.iterate();
  const state = agent.save();
  logs.push(logTemperature(state));
  agent.dispose();
  const resumed = trainer();
  resumed.restore(state);
  expect(logTemperature(resumed.save())).toBe(logs[1]);
  resumed.iterate();
  logs.push(logTemperature(resumed.save()));
  resumed.dispose();
  // At first the policy is nearly uniform: more entropy than the target, so that alpha falls.
  expect(logs[0]).toBe(0);
  expect(logs[1]).toBeLessThan(-0.005);
  expect(logs[2]).toBeLessThan(logs[1] - 0.005);
});

test("a fixed temperature is what the settings say, for ever", () => {
  const agent = trainer({ autoTemperature: false, temperature: 0.25 });
  agent.iterate();
  expect(agent.iterate().measures.temperature).toBeCloseTo(0.25, 6);
  agent.dispose();
});

test("the measured entropy is that of the policy, in units in which the bounds are -1 and 1", () => {
  const agent = trainer({ learningRate: 0 });
  agent.iterate();
  // tanh of N(0, 1): log sqrt(2 pi e) + E log(1 - tanh^2) = 1.4189 - 0.8053 nats
  const { entropy } = agent.iterate().measures;
  expect(Math.abs(entropy - 0.6136)).toBeLessThan(0.05);
  agent.dispose();
});

test("games with other actions are refused", () => {
  const config = resolveConfig("sac", "cartpole", "", {});
  const game = findGame("cartpole");
  expect(() =>
    createTrainer({ algo: "sac", game, seed: 1, device, config, totalSteps: 1000 }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: sac: takes games with box actions (got cartpole, whose actions are a discrete)]`,
  );
});
