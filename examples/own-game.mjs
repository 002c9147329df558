// A game of one's own, a class with plain fields (lib/corridor.mjs): checked, trained on, and replayed from seed and actions.
import assert from "node:assert/strict";
import { createPolicy, createTrainer, evaluate, resolveConfig } from "@carom/agents";
import { checkGame, makeReplay, ReplayPlayer } from "@carom/envs";
import { openDevice } from "@carom/tensor";
import corridor, { cells } from "./lib/corridor.mjs";

// The conformance suite knows what trainers, replays and viewers rely on.
assert.deepEqual(checkGame(corridor).failures, []);

// Train, and keep the last episode that ended: a seed and its actions.
const device = openDevice("cpu");
const config = resolveConfig("ppo", corridor.id, corridor.defaultVariant);
const totalSteps = 100_000;
let last;
const trainer = createTrainer({
  algo: "ppo",
  game: corridor,
  device,
  config,
  seed: 1,
  totalSteps,
  onEpisode(episode) {
    last = episode;
  },
});
while (trainer.steps < totalSteps) trainer.iterate();

const state = trainer.save();
const policy = createPolicy({ algo: "ppo", game: corridor, device, config, state, count: 8 });
const { returns } = evaluate(policy, corridor, { episodes: 50, greedy: true, seed: 2 });
const mean = returns.reduce((sum, one) => sum + one) / returns.length;
console.log(`mean return of 50 greedy episodes: ${mean}`);
assert.ok(mean > 0.9, "it walks right");

// The same episode, played again and checked against its checksums, then drawn as text.
const player = new ReplayPlayer(makeReplay(last, corridor), corridor);
assert.ok(player.verify().ok);
for (let step = 0; step <= last.length; step++) {
  player.seek(step);
  console.log(".".repeat(cells).replace(/./g, (cell, i) => (i === player.game.at ? "o" : cell)));
}
