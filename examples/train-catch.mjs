// Trains an agent for Catch with PPO, then scores it on fresh games.
import { createPolicy, createTrainer, evaluate, resolveConfig } from "@carom/agents";
import { findGame } from "@carom/envs";
import { openDevice } from "@carom/tensor";

const game = findGame("catch");
const device = openDevice("cpu");
const config = resolveConfig("ppo", game.id, game.defaultVariant);
const totalSteps = 200_000;

const trainer = createTrainer({ algo: "ppo", game, device, config, seed: 1, totalSteps });
while (trainer.steps < totalSteps) {
  const { steps, measures } = trainer.iterate();
  console.log(`${steps} steps, entropy ${measures.entropy.toFixed(2)}`);
}

const state = trainer.save();
const policy = createPolicy({ algo: "ppo", game, device, config, state, count: 16 });
const { returns } = evaluate(policy, game, { episodes: 100, greedy: true, seed: 2 });
console.log("mean return", returns.reduce((sum, one) => sum + one) / returns.length);
