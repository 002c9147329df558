/** What holds for every off-policy actor-critic, whatever its losses are. */
import { findGame } from "@carom/envs";
import { leakCheck, openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { SavedState, Trainer } from "../src/agent.js";
import { createPolicy } from "../src/policies.js";
import { createTrainer, resolveConfig } from "../src/registry.js";
import { savedPart } from "../src/saved-state.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const ALGOS = ["sac", "td3", "ddpg", "sac-discrete"] as const;
type Algo = (typeof ALGOS)[number];

/** Iterations of 200 env steps with 50 updates each. */
const SMALL = {
  envs: 2,
  trainEvery: 4,
  gradientSteps: 1,
  learningStarts: 100,
  buffer: 1000,
  batch: 16,
  hidden: "16,16",
};

/** A game whose episodes end, or are cut by its limit, within an iteration. */
const GAMES = {
  sac: "pendulum",
  td3: "pendulum",
  ddpg: "pendulum",
  "sac-discrete": "cartpole",
} as const;

/** A small trainer. */
function trainer(algo: Algo, overrides = {}, seed = 1, game: string = GAMES[algo]): Trainer {
  const config = resolveConfig(algo, game, "", { ...SMALL, ...overrides });
  const totalSteps = 2000;
  return createTrainer({ algo, game: findGame(game), seed, device, config, totalSteps });
}

/** Runs `iterations` and gives the last saved state. */
function trained(agent: Trainer, iterations: number): SavedState {
  for (let i = 0; i < iterations; i++) agent.iterate();
  const state = agent.save();
  agent.dispose();
  return state;
}

/** A state as it comes back from a disk. */
function stored({ arrays, json }: SavedState): SavedState {
  return { arrays, json: JSON.parse(JSON.stringify(json)) };
}

/** Names of the arrays whose values changed. */
function changed(before: SavedState, after: SavedState, prefix: string): Map<string, boolean> {
  const names = Object.keys(before.arrays).filter((name) => name.startsWith(prefix));
  return new Map(
    names.map((name) => {
      const values = before.arrays[name].data;
      return [name, after.arrays[name].data.some((value, i) => value !== values[i])];
    }),
  );
}

describe.each(ALGOS)("%s", (algo) => {
  test("same seed, same parameters after 50 updates; another seed, other parameters", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => trained(trainer(algo, {}, seed), 2));
    expect(a.arrays).toEqual(b.arrays);
    expect(a.arrays).not.toEqual(c.arrays);
  });

  test.each([
    { name: "as it is", overrides: {} },
    {
      name: "with longer returns, correlated noise, a falling rate and normalised observations",
      overrides: {
        nStep: 3,
        finalLearningRate: 0,
        normalizeObservations: true,
        ...(algo === "sac-discrete" ? { finalTargetEntropy: 0.1 } : { noiseCorrelation: 0.9 }),
        ...(algo === "td3" && { policyDelay: 3 }), // 76 updates before the state is saved
      },
    },
  ])(
    "[B19] [B20] save, load, continue is bit-equal to an uninterrupted run: $name",
    ({ overrides }) => {
      const whole = trained(trainer(algo, overrides), 5);
      const resumed = trainer(algo, overrides);
      resumed.restore(stored(trained(trainer(algo, overrides), 2)));
      expect(resumed.steps).toBe(400);
      expect(trained(resumed, 3)).toEqual(whole);
    },
  );

  test("[B35] every parameter and every target moves with the first updates, after a restore too", () => {
    const agent = trainer(algo);
    const states = [agent.save()];
    agent.iterate();
    states.push(agent.save());
    agent.restore(stored(states[1]));
    agent.iterate();
    states.push(agent.save());
    agent.dispose();
    for (const [before, after] of [states.slice(0, 2), states.slice(1, 3)]) {
      for (const part of ["parameters", "target"]) {
        const moved = changed(before, after, part);
        expect(moved.size).toBeGreaterThan(5);
        for (const [name, hasMoved] of moved) expect([name, hasMoved]).toEqual([name, true]);
      }
    }
  });

  test("nothing is learned before learningStarts, and every trainEvery steps after it", () => {
    const agent = trainer(algo, { learningStarts: 300 });
    const first = agent.save();
    const quiet = agent.iterate();
    expect(quiet.measures.qLoss).toBeNaN();
    expect([...changed(first, agent.save(), "parameters").values()]).not.toContain(true);
    agent.iterate();
    // 100 steps in two games remain: updates after 300, 304, ..., 400 steps
    expect(stepsOf(agent.save(), "critics")).toBe(26);
    agent.dispose();
  });

  test("targets are the first networks, then follow them by tau", () => {
    const agent = trainer(algo, { tau: 0 });
    const before = agent.save();
    agent.iterate();
    const after = agent.save();
    agent.dispose();
    for (const [name, { data }] of Object.entries(before.arrays)) {
      if (!name.startsWith("targets.")) continue;
      const online = `parameters.critics.${name.slice("targets.".length)}`;
      expect(data).toEqual(before.arrays[online].data);
      expect(after.arrays[name].data).toEqual(data);
      expect(after.arrays[online].data).not.toEqual(data);
    }
  });

  test("[B17] after one update with tau 0.1 a target is a tenth of the way to its network", () => {
    const agent = trainer(algo, {
      tau: 0.1,
      envs: 1,
      trainEvery: 200,
      ...(algo === "td3" && { policyDelay: 1 }),
    });
    const before = agent.save();
    agent.iterate();
    const after = agent.save();
    agent.dispose();
    expect(stepsOf(after, "critics")).toBe(1);
    for (const [name, { data }] of Object.entries(after.arrays)) {
      if (!name.startsWith("targets.")) continue;
      const online = after.arrays[`parameters.critics.${name.slice("targets.".length)}`].data;
      const old = before.arrays[name].data;
      for (const [i, value] of data.entries()) {
        expect(Math.abs(value - (0.9 * old[i] + 0.1 * online[i]))).toBeLessThan(1e-6);
      }
    }
  });

  test("trainers and policies free all their tensors, and a second time nothing", () => {
    const leaks = leakCheck();
    const agent = trainer(algo);
    for (let i = 0; i < 2; i++) agent.iterate();
    const state = agent.save();
    agent.restore(state);
    for (let i = 0; i < 2; i++) agent.dispose();
    const game = findGame(GAMES[algo]);
    const config = resolveConfig(algo, game.id, "", SMALL);
    const policy = createPolicy({ algo, game, device, config, state, count: 1 });
    policy.assess(new Float32Array(algo === "sac-discrete" ? 4 : 3));
    for (let i = 0; i < 2; i++) policy.dispose();
    expect(leaks()).toEqual([]);
  });

  test("a state of another algorithm or shape is refused", () => {
    const state = trained(trainer(algo), 1);
    const other = trainer(algo === "sac" ? "td3" : "sac", {}, 1);
    expect(() => other.restore(state)).toThrow(/the saved state is of "/);
    other.dispose();
    const narrow = trainer(algo, { hidden: "8,8" });
    expect(() => narrow.restore(state)).toThrow(/does not fit/);
    narrow.dispose();
  });

  test("a policy of a saved state acts within the bounds, and greedily always alike", () => {
    const game = findGame(GAMES[algo]);
    const config = resolveConfig(algo, game.id, "", SMALL);
    const state = trained(trainer(algo), 2);
    const policy = createPolicy({ algo, game, device, config, state, count: 3 });
    const size = algo === "sac-discrete" ? 4 : 3;
    const observations = Float32Array.from({ length: 3 * size }, (_, i) => Math.sin(i));
    const actions = algo === "sac-discrete" ? new Int32Array(3) : new Float32Array(3);
    const greedy = [0, 1].map(() => {
      policy.act(observations, actions, { greedy: true });
      return [...actions];
    });
    expect(greedy[0]).toEqual(greedy[1]);
    for (let i = 0; i < 20; i++) {
      policy.act(observations, actions, { greedy: false });
      for (const action of actions) {
        expect(Math.abs(action)).toBeLessThanOrEqual(algo === "sac-discrete" ? 1 : 2);
      }
    }
    expect(policy.assess(observations).values.length).toBe(3);
    policy.dispose();
  });
});

test("boards are read by convolutions, whose features meet the action in the critics", () => {
  const pixels = { observation: "pixels", pixelSize: 12, frameStack: 2, encoder: "grid", batch: 4 };
  for (const algo of ALGOS) {
    const agent = trainer(algo, { ...pixels, gradientSteps: 1, trainEvery: 100 });
    const before = agent.save();
    agent.iterate();
    const moved = changed(before, agent.save(), "parameters");
    agent.dispose();
    expect([...moved.keys()].filter((name) => name.includes("conv")).length).toBeGreaterThan(0);
    expect([...moved.values()]).not.toContain(false);
  }
});

test("[B20] remembered masks are saved and restored, too", () => {
  const whole = trained(trainer("sac-discrete", {}, 1, "probe:mask"), 4);
  const resumed = trainer("sac-discrete", {}, 1, "probe:mask");
  resumed.restore(stored(trained(trainer("sac-discrete", {}, 1, "probe:mask"), 2)));
  expect(trained(resumed, 2)).toEqual(whole);
});

/** How many steps an optimiser has made. */
function stepsOf(state: SavedState, name: string): number {
  return savedPart<Record<string, { readonly step: number }>>(state, "optimizer")[name].step;
}
