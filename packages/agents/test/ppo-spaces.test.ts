/**
 * PPO beyond plain discrete actions: every kind of action space, masks, and memory, each on the probe game
 * that isolates it.
 */
import { createVectorEnv, findGame, key } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  createEvaluationEnv,
  createPolicy,
  createTrainer,
  evaluate,
  resolveConfig,
  type SavedState,
} from "../src/index.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SMALL = { envs: 16, horizon: 16, minibatch: 64, hidden: "32", learningRate: 1e-2 };
const RECURRENT = { ...SMALL, envs: 32, horizon: 33, minibatch: 264, memorySize: 32 };

type Overrides = Record<string, number | string | boolean>;

/** Trains and gives the state. */
function trained(game: string, overrides: Overrides, totalSteps: number, variant = "") {
  const definition = findGame(game);
  const chosen = variant === "" ? definition.defaultVariant : variant;
  const config = resolveConfig("ppo", game, chosen, { ...SMALL, valueClip: 0, ...overrides });
  const options = { algo: "ppo", game: definition, variant: chosen, seed: 3, device, config };
  const trainer = createTrainer({ ...options, totalSteps });
  while (trainer.steps < totalSteps) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  return { definition, variant: chosen, config, state };
}

/** Mean greedy return of a PPO trained on a game. */
function score(game: string, overrides: Overrides, totalSteps: number, variant = ""): number {
  const {
    definition,
    config,
    state,
    variant: chosen,
  } = trained(game, overrides, totalSteps, variant);
  const made = { game: definition, variant: chosen, config, state, count: 50 };
  const env = createEvaluationEnv({ ...made, key: key(9) });
  const policy = createPolicy({ ...made, algo: "ppo", device, spec: env.spec });
  const options = { episodes: 200, greedy: true, seed: 4, env };
  const { returns } = evaluate(policy, definition, options);
  policy.dispose();
  return returns.reduce((sum, value) => sum + value, 0) / returns.length;
}

describe("action spaces", () => {
  test("continuous: the action follows the observation", () => {
    expect(score("probe:continuous", {}, 60_000)).toBeGreaterThan(-0.01);
  });

  test("continuous: bounds that differ by entry and are not symmetric", () => {
    expect(score("probe:continuous-2d", {}, 60_000)).toBeGreaterThan(-0.03);
  });

  test("multi-discrete: every choice is learned", () => {
    expect(score("probe:multi-discrete", {}, 60_000)).toBeGreaterThan(0.95);
  });

  test("multi-binary: every switch is learned", () => {
    expect(score("probe:multi-binary", {}, 60_000)).toBeGreaterThan(0.95);
  });

  test("discrete: one of four, in episodes of 16 decisions", () => {
    expect(score("probe:identity", {}, 60_000)).toBeGreaterThan(15.5);
  });

  test("[B1] continuous: a time limit is no end, so the value is 1 / (1 - gamma)", () => {
    const overrides = { gamma: 0.8, learningRate: 2e-2, hidden: "16" };
    const { definition, config, state } = trained("probe:continuous-truncation", overrides, 40_000);
    const policy = createPolicy({ algo: "ppo", game: definition, device, config, state, count: 1 });
    const [value] = policy.assess(
      new Float32Array(definition.create().spec.observation.size),
    ).values;
    policy.dispose();
    expect(value).toBeGreaterThan(4.7);
    expect(value).toBeLessThan(5.3);
  });
});

describe("masks", () => {
  test("[B25] of 72 actions only the 8 allowed are played, in training and afterwards", () => {
    const game = findGame("probe:mask");
    const config = resolveConfig("ppo", game.id, game.defaultVariant, SMALL);
    let forbidden = 0;
    const trainer = createTrainer({
      ...{ algo: "ppo", game, seed: 3, device, config, totalSteps: 60_000 },
      createEnv: ({ game: played, workers: _workers, ...request }) => {
        const env = createVectorEnv(played, request);
        const stepRange = env.stepRange.bind(env);
        env.stepRange = (from, to, observe) => {
          for (let i = from; i < to; i++) {
            const allowed = env.masks?.[i * 72 + env.actions[i]];
            if (allowed !== 1) forbidden++;
          }
          stepRange(from, to, observe);
        };
        return env;
      },
    });
    let entropy = 0;
    while (trainer.steps < 60_000) {
      const { measures } = trainer.iterate();
      entropy = measures.entropy;
      expect(entropy).toBeGreaterThanOrEqual(0);
      expect(entropy).toBeLessThanOrEqual(Math.log(8) + 1e-4); // forbidden actions have no share in it
    }
    trainer.dispose();
    expect(forbidden).toBe(0);
    expect(score("probe:mask", { hidden: "64" }, 60_000)).toBeGreaterThan(3.8); // of 4
  });
});

describe("memory", () => {
  test.each(["gru", "lstm", "mingru"])("%s: a cue of ten decisions ago is remembered", (memory) => {
    const overrides = { ...RECURRENT, memory, learningRate: 3e-3 };
    expect(score("probe:memory", overrides, 100_000)).toBeGreaterThan(0.95);
  });

  test("without memory the same game cannot be played better than by chance", () => {
    const overrides = { ...RECURRENT, learningRate: 3e-3 };
    expect(Math.abs(score("probe:memory", overrides, 100_000))).toBeLessThan(0.3);
  });

  test.each(["gru", "lstm", "mingru"])(
    "[B19] [B20] %s: save, load, continue is bit-equal to an uninterrupted run",
    (memory) => {
      const overrides = { ...RECURRENT, memory, horizon: 8, minibatch: 64 };
      const run = (iterations: number, from?: SavedState): SavedState => {
        const game = findGame("probe:memory");
        const config = resolveConfig("ppo", game.id, game.defaultVariant, overrides);
        const options = { algo: "ppo", game, seed: 3, device, config, totalSteps: 10_000 };
        const trainer = createTrainer(options);
        if (from !== undefined) {
          trainer.restore({ arrays: from.arrays, json: JSON.parse(JSON.stringify(from.json)) });
        }
        for (let i = 0; i < iterations; i++) trainer.iterate();
        const state = trainer.save();
        trainer.dispose();
        return state;
      };
      expect(run(3, run(2))).toEqual(run(5)); // cuts episodes of 11 decisions in the middle
    },
  );

  test("[B23] states computed again in the update are those of acting: the first ratio is one", () => {
    for (const memory of ["gru", "lstm", "mingru"]) {
      const game = findGame("probe:memory");
      const config = resolveConfig("ppo", game.id, "2", {
        ...{ ...RECURRENT, memory, horizon: 16, minibatch: 512, epochs: 1, learningRate: 0 },
        finalLearningRate: 0,
      });
      const options = { algo: "ppo", game, variant: "2", seed: 3, device, config };
      const trainer = createTrainer({ ...options, totalSteps: 10_000 });
      for (let i = 0; i < 3; i++) {
        const { measures } = trainer.iterate(); // episodes of 3 decisions end inside the rollout
        expect(measures.clipFraction).toBe(0);
        expect(Math.abs(measures.approxKl)).toBeLessThan(1e-6);
      }
      trainer.dispose();
    }
  });

  test("memory and a critic of its own exclude each other", () => {
    const game = findGame("probe:memory");
    const overrides = { ...RECURRENT, memory: "gru", separateCritic: true };
    const config = resolveConfig("ppo", game.id, game.defaultVariant, overrides);
    const options = { algo: "ppo", game, seed: 3, device, config, totalSteps: 10_000 };
    expect(() => createTrainer(options)).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: ppo: separateCritic must be false with memory, which policy and value share (got true with gru)]`,
    );
  });
});

describe("the order of updates", () => {
  test("prioritised segments learn as well", () => {
    const overrides = { priorityAlpha: 0.8, horizon: 16, minibatch: 64 };
    expect(score("probe:identity", overrides, 60_000)).toBeGreaterThan(15.5);
  });

  test("a minibatch that would cut games into pieces is refused", () => {
    const game = findGame("catch");
    const overrides = { ...SMALL, priorityAlpha: 1, minibatch: 8 };
    const config = resolveConfig("ppo", game.id, game.defaultVariant, overrides);
    const options = { algo: "ppo", game, seed: 3, device, config, totalSteps: 10_000 };
    expect(() => createTrainer(options)).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: ppo: minibatch must be whole segments of the horizon where games stay together (got 8, expected a multiple of 16)]`,
    );
  });

  test("Muon learns as well", () => {
    const overrides = { optimizer: "muon", learningRate: 1e-2 };
    expect(score("probe:identity", overrides, 60_000)).toBeGreaterThan(15.5);
  });
});

test("policy and value may have networks of their own", () => {
  expect(score("probe:identity", { separateCritic: true }, 60_000)).toBeGreaterThan(15.5);
});

test("the bound of the ratio falls to zero: at the end nothing is learned any more", () => {
  const game = findGame("probe:identity");
  const overrides = { ...SMALL, annealClip: true, finalLearningRate: 1e-2 };
  const config = resolveConfig("ppo", game.id, game.defaultVariant, overrides);
  const trainer = createTrainer({ algo: "ppo", game, seed: 3, device, config, totalSteps: 512 });
  const first = trainer.iterate().measures.clipFraction;
  trainer.iterate();
  const last = trainer.iterate().measures.clipFraction; // clip is 0: every moved ratio counts
  trainer.dispose();
  expect(first).toBeLessThan(0.9);
  expect(last).toBeGreaterThan(first);
});
