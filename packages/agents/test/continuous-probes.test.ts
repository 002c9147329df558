/**
 * The probe games for off-policy actor-critics: each isolates one class of mistakes (see the table in
 * @carom/envs' probes), and every one must be mastered within seconds. The first that fails says where to
 * look.
 */
import { type EpisodeRecord, findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { createPolicy, createTrainer, evaluate, resolveConfig } from "../src/index.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

type Algo = "sac" | "td3" | "ddpg" | "sac-discrete";

const LEARNING = {
  envs: 4,
  trainEvery: 4,
  gradientSteps: 2,
  learningStarts: 200,
  buffer: 4000,
  batch: 64,
  hidden: "64,64",
  learningRate: 3e-3,
  finalLearningRate: 0,
  tau: 0.02,
};

/** What entropy is worth stays small, so that values are those of rewards. */
const SETTINGS = {
  sac: { autoTemperature: false, temperature: 0.01 },
  td3: {},
  ddpg: {},
  "sac-discrete": { autoTemperature: false, temperature: 0.02 },
} as const;

/** Where every observation is 0: units that are linear there, since rectified ones hardly learn from it. */
const CONSTANT = { gamma: 0.8, activation: "tanh", tau: 0.1 };

/** The policy of a short training on a probe, as functions of observations. */
function learned(
  algo: Algo,
  probe: string,
  overrides: Record<string, number | string> = {},
  totalSteps = 3000,
) {
  const game = findGame(`probe:${probe}`);
  const config = resolveConfig(algo, game.id, "", {
    ...LEARNING,
    ...SETTINGS[algo],
    ...overrides,
  });
  const played: number[] = [];
  const onEpisode = (record: EpisodeRecord): unknown => played.push(record.return);
  const made = { algo, game, seed: 5, device, config, totalSteps, onEpisode };
  const trainer = createTrainer(made);
  while (trainer.steps < totalSteps) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  const asked = { algo, game, device, config, state };
  return {
    /** Returns of the episodes of the training. */
    played,
    /** V of each observation. */
    values(...observations: number[]): number[] {
      const policy = createPolicy({ ...asked, count: observations.length });
      const { values } = policy.assess(Float32Array.from(observations));
      policy.dispose();
      return [...values];
    },
    /** The greedy action of each observation, `size` numbers. */
    actions(size: number, ...observations: number[]): number[][] {
      const policy = createPolicy({ ...asked, count: observations.length });
      const flat = new Float32Array(size * observations.length);
      policy.act(Float32Array.from(observations), flat, { greedy: true });
      policy.dispose();
      return observations.map((_, i) => [...flat.subarray(i * size, (i + 1) * size)]);
    },
    /** The probability of action 1 of each observation. */
    right(...observations: number[]): number[] {
      const policy = createPolicy({ ...asked, count: observations.length });
      const { probabilities } = policy.assess(Float32Array.from(observations));
      policy.dispose();
      return observations.map((_, i) => probabilities?.[2 * i + 1] ?? Number.NaN);
    },
    /** Returns of 50 greedy episodes. */
    returns(): number[] {
      const policy = createPolicy({ ...asked, count: 10 });
      const { returns } = evaluate(policy, game, { episodes: 50, greedy: true, seed: 1 });
      policy.dispose();
      return returns;
    },
  };
}

describe.each(["sac", "td3", "ddpg"] as const)("%s", (algo) => {
  test("probe:continuous: the action depends on the observation", () => {
    const { actions, values } = learned(algo, "continuous");
    const cues = [-1, -0.5, 0, 0.5, 1];
    for (const [i, [action]] of actions(1, ...cues).entries()) {
      expect(Math.abs(action - cues[i] / 2)).toBeLessThan(0.1);
    }
    for (const value of values(...cues)) expect(Math.abs(value)).toBeLessThan(0.1);
  });

  test("probe:continuous-2d: every number has bounds of its own", () => {
    const [low, high] = learned(algo, "continuous-2d", {}, 6000).actions(2, -1, 1);
    const expected = [
      [-1.5, 0.9],
      [1.5, 0.1],
    ];
    for (const [i, action] of [low, high].entries()) {
      expect(Math.abs(action[0] - expected[i][0])).toBeLessThan(0.2);
      expect(Math.abs(action[1] - expected[i][1])).toBeLessThan(0.1);
    }
  });

  test("probe:continuous-delay: a reward two decisions away is discounted twice", () => {
    const values = learned(algo, "continuous-delay", { gamma: 0.5 }).values(0, 0.5, 1);
    for (const [i, expected] of [0.25, 0.5, 1].entries()) {
      expect(Math.abs(values[i] - expected)).toBeLessThan(0.05);
    }
  });

  test("[B11] probe:continuous-delay: the same with returns of two steps", () => {
    const values = learned(algo, "continuous-delay", { gamma: 0.5, nStep: 2 }).values(0, 0.5, 1);
    for (const [i, expected] of [0.25, 0.5, 1].entries()) {
      expect(Math.abs(values[i] - expected)).toBeLessThan(0.05);
    }
  });

  test("[B2] probe:continuous-truncation: a reward for ever is worth 1 / (1 - gamma), not the sum to the cut", () => {
    const [value] = learned(algo, "continuous-truncation", CONSTANT).values(0);
    expect(value).toBeGreaterThan(4.75);
    expect(value).toBeLessThan(5.25);
  });
});

describe("sac-discrete", () => {
  test("probe:constant: the value of a reward that always comes", () => {
    expect(learned("sac-discrete", "constant").values(0)[0]).toBeCloseTo(1, 1);
  });

  test("probe:observation: the value follows the observation", () => {
    const [low, high] = learned("sac-discrete", "observation").values(-1, 1);
    expect(low).toBeCloseTo(-1, 1);
    expect(high).toBeCloseTo(1, 1);
  });

  test("probe:delay: a reward two decisions away is discounted twice", () => {
    const values = learned("sac-discrete", "delay", { gamma: 0.5 }).values(0, 0.5, 1);
    for (const [i, expected] of [0.25, 0.5, 1].entries()) {
      expect(Math.abs(values[i] - expected)).toBeLessThan(0.06);
    }
  });

  test("probe:action: the better action is taken", () => {
    expect(learned("sac-discrete", "action").right(0)[0]).toBeGreaterThan(0.9);
  });

  test("probe:match: the action depends on the observation", () => {
    const [low, high] = learned("sac-discrete", "match").right(-1, 1);
    expect(low).toBeLessThan(0.1);
    expect(high).toBeGreaterThan(0.9);
  });

  test("probe:identity: neighbouring steps are told apart", () => {
    const returns = learned("sac-discrete", "identity").returns();
    for (const sum of returns) expect(sum).toBe(16);
  });

  test("[B25] probe:mask: no forbidden action is ever played, and the right one of the others is found", () => {
    const { played, returns } = learned("sac-discrete", "mask", { temperature: 0.1 }, 6000);
    expect(Math.min(...played)).toBeGreaterThanOrEqual(0);
    for (const sum of returns()) expect(sum).toBe(4);
  });

  test("[B2] probe:truncation: a reward for ever is worth 1 / (1 - gamma), not the sum to the cut", () => {
    const [value] = learned("sac-discrete", "truncation", CONSTANT).values(0);
    expect(value).toBeGreaterThan(4.75);
    expect(value).toBeLessThan(5.25);
  });
});
