/** What stands around the games that agents are trained and evaluated on. */
import { findGame, key, LocalVectorEnv, VectorWrapper } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { expect, test } from "vitest";
import { envConfig, wrappersOf } from "./env-config.js";
import { evaluate } from "./evaluate.js";
import { createEvaluationEnv, createLocalEnv, type EnvFactory } from "./games.js";
import { createPolicy } from "./policies.js";
import { createTrainer, resolveConfig } from "./registry.js";

const device = openTestedDevice({ threads: 1 });

function listOf(game: string, overrides: Record<string, number | string | boolean>) {
  const definition = findGame(game);
  const variant = definition.defaultVariant;
  const config = envConfig(resolveConfig("ppo", game, variant, overrides));
  const names = (purpose: "training" | "evaluation") =>
    wrappersOf(config, definition, variant, purpose).map(({ wrapper }) => wrapper);
  return { training: names("training"), evaluation: names("evaluation") };
}

test("by default a game stands bare", () => {
  expect(listOf("breakout", {})).toEqual({ training: [], evaluation: [] });
});

test("settings become wrappers, from the inside out; an evaluation leaves out what changes scores", () => {
  const { training, evaluation } = listOf("breakout", {
    observation: "pixels",
    stickyActions: 0.25,
    noOpStart: 30,
    frameSkip: 4,
    frameStack: 4,
    episodicLife: true,
    timeLimit: 1000,
    rewardScale: 0.5,
    normalizeObservations: true,
    normalizeReturns: true,
  });
  expect(training).toEqual([
    "pixels",
    "sticky-actions",
    "no-op-start",
    "frame-skip",
    "time-limit",
    "episodic-life",
    "frame-stack",
    "scale-rewards",
    "normalize-observations",
    "normalize-returns",
  ]);
  expect(evaluation).toEqual([
    "pixels",
    "sticky-actions",
    "no-op-start",
    "frame-skip",
    "time-limit",
    "frame-stack",
    "normalize-observations",
  ]);
});

test("a game for two gets an opponent; moves that are not allowed lose, or are replaced", () => {
  expect(listOf("tictactoe", {}).training).toEqual(["opponent"]);
  expect(listOf("tictactoe", { maskActions: true }).training).toEqual(["opponent", "action-mask"]);
  expect(listOf("catch", { maskActions: true }).training).toEqual([]);
});

test("grid games are played with sticky actions, as their published scores were", () => {
  expect(listOf("mini-breakout", {}).training).toEqual(["sticky-actions"]);
});

test("settings out of range are refused with their unit", () => {
  expect(() => resolveConfig("ppo", "catch", "classic", { stickyActions: 2 })).toThrow(
    /stickyActions.*probability/,
  );
  expect(() => resolveConfig("ppo", "catch", "classic", { frameSkip: 0 })).toThrow(/frameSkip/);
});

test("a game that fails ends training, or only its episode where games have threads of their own", () => {
  const asked = (overrides: Record<string, number | string>): string[] => {
    const config = resolveConfig("ppo", "catch", "classic", overrides);
    const wishes: string[] = [];
    const createEnv: EnvFactory = ({ workers: _workers, ...request }) => {
      wishes.push(request.faults);
      return createLocalEnv({ ...request, workers: 0 });
    };
    const game = findGame("catch");
    const options = { algo: "ppo", game, device, config, seed: 1, totalSteps: 1, createEnv };
    createTrainer(options).dispose();
    return wishes;
  };
  expect(asked({})).toEqual(["throw"]);
  expect(asked({ envWorkers: 2 })).toEqual(["truncate"]);
  expect(asked({ envWorkers: 2, faults: "throw" })).toEqual(["throw"]);
  expect(asked({ faults: "truncate" })).toEqual(["truncate"]);
});

test("threads for games need a factory that can make them", () => {
  const config = resolveConfig("ppo", "catch", "classic", { envWorkers: 2 });
  const make = () =>
    createTrainer({ algo: "ppo", game: findGame("catch"), device, config, seed: 1, totalSteps: 1 });
  expect(make).toThrow("envWorkers: games on other threads need an env factory");
});

/** A trainer on one game after a few iterations. */
function trained(game: string, overrides: Record<string, number | string | boolean>) {
  const definition = findGame(game);
  const config = resolveConfig("ppo", game, definition.defaultVariant, {
    envs: 8,
    horizon: 16,
    minibatch: 64,
    ...overrides,
  });
  const options = { algo: "ppo", game: definition, device, config, seed: 1, totalSteps: 10_000 };
  const trainer = createTrainer(options);
  for (let i = 0; i < 3; i++) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  return { definition, config, state, options };
}

test("an evaluation sees observations through the statistics of the training, and leaves them as they are", () => {
  const { definition, config, state } = trained("cartpole", { normalizeObservations: true });
  const env = createEvaluationEnv({ game: definition, config, state, count: 4, key: key(9) });
  expect(env).toBeInstanceOf(VectorWrapper);
  const moments = () =>
    Object.entries(env.save().arrays).filter(([name]) => /mean|count/.test(name));
  const before = moments();
  const policy = createPolicy({ algo: "ppo", game: definition, device, config, state, count: 4 });
  const bare = new LocalVectorEnv(definition, { count: 4, key: key(9) });
  bare.reset();
  env.reset();
  expect(env.observations).not.toEqual(bare.observations);
  const { returns } = evaluate(policy, definition, { episodes: 4, greedy: true, seed: 1, env });
  expect(returns.every((value) => Number.isInteger(value) && value > 0)).toBe(true); // raw rewards
  expect(moments()).toEqual(before);
  expect(before.find(([name]) => name.endsWith("count"))?.[1][0]).toBeGreaterThan(300);
  policy.dispose();
});

test("pictures: training runs, goes on bit for bit, and is evaluated", () => {
  const settings = { observation: "pixels", pixelSize: 12, frameSkip: 2, frameStack: 4 };
  const { definition, config, state, options } = trained("catch", settings);
  const [one, other] = [createTrainer(options), createTrainer(options)];
  for (const trainer of [one, other]) {
    trainer.restore(state);
    trainer.iterate();
  }
  expect(one.env.spec.observation.dtype).toBe("uint8");
  expect(one.env.spec.observation.shape).toEqual([12, 12, 4]);
  expect(other.save()).toEqual(one.save());
  const policy = createPolicy({ algo: "ppo", game: definition, device, config, state, count: 2 });
  const env = createEvaluationEnv({ game: definition, config, state, count: 2, key: key(5) });
  expect(
    evaluate(policy, definition, { episodes: 4, greedy: false, seed: 1, env }).returns,
  ).toHaveLength(4);
  for (const owned of [one, other, policy]) owned.dispose();
});

test("PPO learns tic-tac-toe against an opponent at random", () => {
  const game = findGame("tictactoe");
  const config = resolveConfig("ppo", game.id, game.defaultVariant, {
    envs: 32,
    horizon: 64,
    learningRate: 2e-3,
  });
  const totalSteps = 100_000;
  const returns: number[] = [];
  const trainer = createTrainer({ algo: "ppo", game, device, config, seed: 1, totalSteps });
  while (trainer.steps < totalSteps) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  const policy = createPolicy({ algo: "ppo", game, device, config, state, count: 16 });
  const env = createEvaluationEnv({ game, config, state, count: 16, key: key(3) });
  returns.push(...evaluate(policy, game, { episodes: 400, greedy: true, seed: 2, env }).returns);
  policy.dispose();
  const mean = returns.reduce((sum, one) => sum + one, 0) / returns.length;
  console.log(`tic-tac-toe: mean return ${mean.toFixed(3)} of 400 games against random moves`);
  expect(mean).toBeGreaterThan(0.6);
});
