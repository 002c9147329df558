/** Value-based agents and memory: R2D2 remembers where DQN cannot. */
import { findGame, key } from "@carom/envs";
import { openDevice } from "@carom/tensor";
import { afterAll, expect, test } from "vitest";
import {
  type ConfigValue,
  createEvaluationEnv,
  createPolicy,
  createTrainer,
  evaluate,
  resolveConfig,
} from "../src/index.js";

const device = openDevice("cpu", { threads: 1 });
afterAll(() => device.dispose());

type Settings = Record<string, ConfigValue>;

const R2D2: Settings = {
  ...{ envs: 8, hidden: "16", memory: "gru", memorySize: 16, learningRate: 3e-3 },
  ...{ learningStarts: 1000, buffer: 20_000, batch: 16, trainEvery: 32, targetEvery: 400 },
};
const DQN: Settings = { envs: 8, hidden: "32", learningRate: 3e-3, buffer: 20_000, trainEvery: 8 };

/** Mean greedy return on the memory probe after training. */
function score(algo: string, variant: string, settings: Settings, totalSteps: number): number {
  const game = findGame("probe:memory");
  const config = resolveConfig(algo, game.id, variant, settings);
  const trainer = createTrainer({ algo, game, variant, seed: 3, device, config, totalSteps });
  while (trainer.steps < totalSteps) trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  const made = { game, variant, config, state, count: 50 };
  const env = createEvaluationEnv({ ...made, key: key(9) });
  const policy = createPolicy({ ...made, algo, device, spec: env.spec });
  const { returns } = evaluate(policy, game, { episodes: 200, greedy: true, seed: 4, env });
  policy.dispose();
  return returns.reduce((sum, value) => sum + value, 0) / returns.length;
}

test.each(["gru", "lstm"])("%s: a cue of ten decisions ago decides", (memory) => {
  expect(score("r2d2", "10", { ...R2D2, memory }, 60_000)).toBeGreaterThan(0.95);
});

test("DQN, without memory, plays the same game no better than by chance", () => {
  expect(Math.abs(score("dqn", "10", DQN, 60_000))).toBeLessThan(0.3);
});
