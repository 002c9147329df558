/**
 * A2C and V-trace: other kinds of action, masks and memory, their identity without lag, and continuing bit
 * for bit; curiosity, which PPO and A2C may have. The other probe games: probes.test.ts.
 */
import { findGame, key } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  type ConfigValue,
  createEvaluationEnv,
  createPolicy,
  createTrainer,
  evaluate,
  resolveConfig,
  type SavedState,
  type Trainer,
} from "../src/index.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

type Algo = "a2c" | "vtrace" | "ppo";
type Settings = Record<string, ConfigValue>;

const SMALL: Settings = { envs: 16, hidden: "16", learningRate: 5e-3 };

function trainer(algo: Algo, game: string, settings: Settings, totalSteps = 100_000): Trainer {
  const [name, variant] = game.split("/");
  const definition = findGame(name);
  const chosen = variant ?? definition.defaultVariant;
  const config = resolveConfig(algo, name, chosen, { ...SMALL, ...settings });
  const options = { game: definition, variant: chosen, seed: 3, device, config, totalSteps };
  return createTrainer({ algo, ...options });
}

/** The state after so many iterations, from a saved one if given. */
function after(agent: Trainer, iterations: number, from?: SavedState): SavedState {
  if (from !== undefined) {
    agent.restore({ arrays: from.arrays, json: JSON.parse(JSON.stringify(from.json)) });
  }
  for (let i = 0; i < iterations; i++) agent.iterate();
  const state = agent.save();
  agent.dispose();
  return state;
}

function parametersOf(state: SavedState): Record<string, number[]> {
  const entries = Object.entries(state.arrays).filter(([name]) => name.startsWith("parameters."));
  return Object.fromEntries(entries.map(([name, { data }]) => [name, Array.from(data)]));
}

/** Mean greedy return after training. */
function score(algo: Algo, game: string, settings: Settings, totalSteps: number): number {
  const agent = trainer(algo, game, settings, totalSteps);
  while (agent.steps < totalSteps) agent.iterate();
  const state = after(agent, 0);
  const [name, variant] = game.split("/");
  const definition = findGame(name);
  const chosen = variant ?? definition.defaultVariant;
  const config = resolveConfig(algo, name, chosen, { ...SMALL, ...settings });
  const made = { game: definition, variant: chosen, config, state, count: 20 };
  const env = createEvaluationEnv({ ...made, key: key(9) });
  const policy = createPolicy({ ...made, algo, device, spec: env.spec });
  const { returns } = evaluate(policy, definition, { episodes: 100, greedy: true, seed: 4, env });
  policy.dispose();
  return returns.reduce((sum, value) => sum + value, 0) / returns.length;
}

describe.each(["a2c", "vtrace"] as const)("%s", (algo) => {
  test("probe:continuous and probe:multi-discrete: other kinds of action", () => {
    expect(score(algo, "probe:continuous", { hidden: "32" }, 150_000)).toBeGreaterThan(-0.02);
    expect(score(algo, "probe:multi-discrete", {}, 100_000)).toBeGreaterThan(0.95);
  });

  test("[B25] probe:mask: only what is allowed is played, and the best of it", () => {
    const settings = { hidden: "64", learningRate: 2e-3 };
    expect(score(algo, "probe:mask", settings, 200_000)).toBeGreaterThan(3.5); // of 4
  });

  test("probe:memory/2: a recurrent policy remembers the cue", () => {
    const settings = { memory: "gru", memorySize: 16, horizon: 12, entropyCoef: 0.01 };
    expect(score(algo, "probe:memory/2", settings, 150_000)).toBeGreaterThan(0.95);
  });

  test("[B19] [B20] save, load, continue is bit-equal to an uninterrupted run", () => {
    const make = () => trainer(algo, "breakout", { memory: "lstm", memorySize: 8 });
    expect(after(make(), 6, after(make(), 5))).toEqual(after(make(), 11));
  });

  test("same seed, same parameters after 50 updates; [B35] every parameter has moved", () => {
    const [one, other] = [50, 50].map((n) => parametersOf(after(trainer(algo, "catch", {}), n)));
    expect(one).toEqual(other);
    const first = parametersOf(after(trainer(algo, "catch", {}), 0));
    for (const [name, values] of Object.entries(first)) expect(one[name]).not.toEqual(values);
  });
});

describe("V-trace beside A2C", () => {
  const SAME: Settings = { learningRate: 1e-3, finalLearningRate: 1e-3, lambda: 1, horizon: 5 };

  test("without lag it is A2C, to rounding", () => {
    const a2c = parametersOf(after(trainer("a2c", "catch", SAME), 30));
    const vtrace = parametersOf(after(trainer("vtrace", "catch", { ...SAME, actorLag: 0 }), 30));
    expect(Object.keys(vtrace)).toEqual(Object.keys(a2c));
    for (const [name, values] of Object.entries(a2c)) {
      values.forEach((value, i) => {
        expect(vtrace[name][i]).toBeCloseTo(value, 4);
      });
    }
  });

  test("with lag the actors' policy is another one, and ratios say so", () => {
    const agent = trainer("vtrace", "catch", { ...SAME, actorLag: 3, learningRate: 1e-2 });
    const divergences = Array.from({ length: 8 }, () => agent.iterate().measures.approxKl);
    agent.dispose();
    // Updates 0, 4: the actors have just been brought up to date; between them they fall behind.
    for (const fresh of [0, 4]) expect(Math.abs(divergences[fresh])).toBeLessThan(1e-6);
    for (const stale of [1, 2, 3, 5, 6, 7]) expect(divergences[stale]).toBeGreaterThan(1e-7);
  });
});

describe("curiosity", () => {
  const CURIOUS: Settings = { horizon: 20, curiosity: 1, envs: 16 };

  test("PPO finds the treasure of DeepSea 10 with it", () => {
    const settings = { ...CURIOUS, minibatch: 320, hidden: "32", entropyCoef: 0.02 };
    expect(score("ppo", "deepsea/10", settings, 150_000)).toBeGreaterThan(0.9);
  });

  test("and without it, in as many steps, does not", () => {
    const settings = { ...CURIOUS, minibatch: 320, hidden: "32", entropyCoef: 0.02, curiosity: 0 };
    expect(score("ppo", "deepsea/20", settings, 150_000)).toBeLessThan(0.1);
  });

  test("what is seen again and again is worth less and less", () => {
    const agent = trainer("a2c", "deepsea/10", CURIOUS);
    const errors = Array.from({ length: 40 }, () => agent.iterate().measures.curiosityError);
    agent.dispose();
    const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
    expect(mean(errors.slice(-5))).toBeLessThan(0.5 * mean(errors.slice(1, 6)));
  });

  test.each(["ppo", "a2c"] as const)(
    "[B19] [B20] %s: save, load, continue is bit-equal, networks and statistics of curiosity too",
    (algo) => {
      const settings = algo === "ppo" ? { ...CURIOUS, minibatch: 160 } : CURIOUS;
      const make = () => trainer(algo, "deepsea/10", settings);
      const whole = after(make(), 6);
      expect(Object.keys(whole.arrays).some((name) => name.startsWith("curiosity."))).toBe(true);
      expect(after(make(), 3, after(make(), 3))).toEqual(whole);
    },
  );
});
