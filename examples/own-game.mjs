// A game of one's own: a class with plain fields, checked, trained on, and replayed from seed and actions.
import assert from "node:assert/strict";
import { createPolicy, createTrainer, evaluate, resolveConfig } from "@carom/agents";
import {
  assertRunning,
  checkGame,
  makeReplay,
  nextBelow,
  ReplayPlayer,
  seedRandom,
} from "@carom/envs";
import { openDevice } from "@carom/tensor";

const cells = 9;
const facts = { id: "corridor", title: "Corridor", variants: ["plain"], defaultVariant: "plain" };

/** A walker starts somewhere in a corridor. The right end is worth 1, the left end -1. */
class Corridor {
  spec = {
    id: facts.id,
    variant: facts.defaultVariant,
    version: 1,
    title: facts.title,
    actions: { kind: "discrete", names: ["left", "right"] },
    observation: { size: cells, shape: [cells] },
    board: { width: cells, height: 1 },
    decisionsPerSecond: 5,
    maxSteps: 50,
    maxScore: 1,
  };
  terminated = true;
  at = 0;
  random = new Uint32Array(4);

  seed(seed) {
    seedRandom(this.random, seed);
  }
  reset() {
    this.at = 1 + nextBelow(this.random, cells - 2);
    this.terminated = false;
  }
  step(action) {
    assertRunning(this.terminated);
    this.at += action === 0 ? -1 : 1;
    this.terminated = this.at === 0 || this.at === cells - 1;
    if (!this.terminated) return 0;
    return this.at === 0 ? -1 : 1;
  }
  observe(out, at) {
    out.fill(0, at, at + cells);
    out[at + this.at] = 1;
  }
  draw(canvas) {
    canvas.background(0x171b27);
    canvas.circle(this.at + 0.5, 0.5, 0.4, 0xffffff);
  }
}

const corridor = { ...facts, create: () => new Corridor() };

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
