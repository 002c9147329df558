import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { SavedState, Trainer } from "../agent.js";
import { createTrainer, resolveConfig } from "../registry.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SMALL = {
  envs: 4,
  buffer: 2000,
  learningStarts: 256,
  trainEvery: 16,
  targetEvery: 128,
  batch: 8,
  sequence: 8,
  burnIn: 4,
  nStep: 3,
  hidden: "16",
  memorySize: 8,
};

/** A small R2D2 on a game. */
function trainer(game: string, overrides = {}, seed = 1, totalSteps = 20_000): Trainer {
  const config = resolveConfig("r2d2", game, "", { ...SMALL, ...overrides });
  return createTrainer({ algo: "r2d2", game: findGame(game), seed, device, config, totalSteps });
}

/** Runs `iterations` and gives the last saved state. */
function trained(agent: Trainer, iterations: number): SavedState {
  for (let i = 0; i < iterations; i++) agent.iterate();
  const state = agent.save();
  agent.dispose();
  return state;
}

/** A state as it comes back from files. */
function stored(state: SavedState): SavedState {
  return { arrays: state.arrays, json: JSON.parse(JSON.stringify(state.json)) };
}

describe("continuing", () => {
  test("same seed, same parameters after 64 updates; another seed, other parameters", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => trained(trainer("catch", {}, seed), 5));
    expect(a.arrays).toEqual(b.arrays);
    expect(a.arrays).not.toEqual(c.arrays);
  });

  // The memory of 800 steps has been written over more than once when the run is saved.
  test.each([
    ["cartpole", { timeLimit: 30 }],
    ["probe:mask", {}],
    ["catch", { frameStack: 3 }],
  ])("[B19] [B20] %s: save, load, continue is bit-equal to an uninterrupted run", (game, more) => {
    const overrides = { buffer: 800, ...more };
    const whole = trained(trainer(game, overrides), 8);
    const half = trained(trainer(game, overrides), 5);
    const resumed = trainer(game, overrides);
    resumed.restore(stored(half));
    expect(resumed.steps).toBe(5 * 256);
    expect(trained(resumed, 3)).toEqual(whole);
  });

  test("a state of another memory is refused", () => {
    const state = trained(trainer("catch"), 1);
    const other = trainer("catch", { sequence: 16 });
    expect(() => other.restore(state)).toThrow(/another length \(got 12, expected 20\)/);
    other.dispose();
  });
});

describe("learning rule", () => {
  test("[B35] every parameter moves in one iteration with updates, and the target waits", () => {
    const agent = trainer("catch", { targetEvery: 100_000, layerNorm: true });
    agent.iterate();
    const before = agent.save();
    agent.iterate();
    const after = agent.save();
    const names = Object.keys(before.arrays).filter((name) => name.startsWith("parameters"));
    expect(names).toContain("parameters.core.weight_hh_l0");
    for (const name of names) expect(after.arrays[name].data).not.toEqual(before.arrays[name].data);
    for (const name of names) {
      const target = name.replace("parameters", "target");
      expect(after.arrays[target].data).toEqual(before.arrays[target].data);
    }
    agent.dispose();
  });

  test("[B17] the target network is copied every targetEvery env steps, before the updates of that step", () => {
    const agent = trainer("catch", { targetEvery: 512, trainEvery: 512 });
    agent.iterate(); // 512 steps: the copy, then one update
    const first = agent.save();
    const names = Object.keys(first.arrays).filter((name) => name.startsWith("parameters"));
    const online = names.map((name) => first.arrays[name].data);
    agent.iterate(); // 1024
    const second = agent.save();
    const target = names.map((name) => second.arrays[name.replace("parameters", "target")].data);
    expect(target).toEqual(online);
    agent.dispose();
  });

  test("nothing is learned before learningStarts, and measures say so", () => {
    const agent = trainer("catch", { learningStarts: 512 });
    const { measures } = agent.iterate(); // 256 steps
    expect(measures.qLoss).toBeNaN();
    expect(measures.epsilon).toBe(1);
    agent.iterate();
    const learned = agent.iterate().measures;
    expect(Object.keys(learned)).toEqual(["qLoss", "qMean", "gradNorm", "epsilon", "replaySize"]);
    for (const value of Object.values(learned)) expect(Number.isFinite(value)).toBe(true);
    agent.dispose();
  });

  test("what does not fit is refused in one sentence", () => {
    expect(() => trainer("catch", { learningStarts: 40 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: r2d2: learningStarts must give every game a sequence (got 40 env steps, expected at least envs x (burnIn + sequence) = 48)]`,
    );
    expect(() => trainer("catch", { buffer: 200 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: r2d2: buffer must hold what is played before learning starts (got 200 steps, expected at least learningStarts = 256 env steps)]`,
    );
    expect(() => trainer("pendulum")).toThrow(/takes games with discrete actions \(got pendulum/);
  });
});
