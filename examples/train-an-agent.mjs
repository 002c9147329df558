// An agent for a game of one's own: trained until it is good, watched at play, saved and loaded.
// docs/guides/use-as-a-library.md goes through it piece by piece.
import assert from "node:assert/strict";
import { loadAgent, ppo } from "@carom/agents";
import { assertRunning, nextBelow, seedRandom } from "@carom/envs";

const size = 7;

// A hedgehog looks for berries, one after the other, until night falls after 60 steps. 1 for each berry.
class Hedgehog {
  spec = {
    id: "hedgehog",
    variant: "meadow",
    version: 1,
    title: "Hedgehog",
    actions: { kind: "discrete", names: ["left", "right", "up", "down"] },
    observation: { size: 4, shape: [4], names: ["x", "y", "berry x", "berry y"] },
    board: { width: size, height: size },
    decisionsPerSecond: 5,
    maxSteps: 60,
  };
  terminated = true;
  time = 0;
  at = new Int32Array(2);
  berry = new Int32Array(2);
  random = new Uint32Array(4);

  seed(seed) {
    seedRandom(this.random, seed);
  }
  reset() {
    this.terminated = false;
    this.time = 0;
    this.at.fill(3);
    this.grow();
  }
  step(action) {
    assertRunning(this.terminated);
    const axis = action < 2 ? 0 : 1;
    this.at[axis] = Math.max(0, Math.min(size - 1, this.at[axis] + 2 * (action % 2) - 1));
    this.time += 1;
    this.terminated = this.time === 60;
    if (this.at[0] !== this.berry[0] || this.at[1] !== this.berry[1]) return 0;
    this.grow();
    return 1;
  }
  observe(out, at) {
    for (let axis = 0; axis < 2; axis++) {
      out[at + axis] = this.at[axis] / (size - 1);
      out[at + 2 + axis] = this.berry[axis] / (size - 1);
    }
  }
  draw(canvas) {
    canvas.background(0x1d2b1f);
    canvas.circle(this.berry[0] + 0.5, this.berry[1] + 0.5, 0.2, 0xe0435a);
    canvas.circle(this.at[0] + 0.5, this.at[1] + 0.5, 0.4, 0xb98b5a);
  }
  grow() {
    for (let axis = 0; axis < 2; axis++) this.berry[axis] = nextBelow(this.random, size);
  }
}

const agent = ppo(Hedgehog, { seed: 1, config: { envs: 16, horizon: 32, minibatch: 128 } });

agent.on("evaluation", ({ steps, score }) => {
  console.log(`${String(steps).padStart(6)} steps ${"#".repeat(4 * score)} ${score.toFixed(1)}`);
});
const summary = await agent.train({ steps: 200_000, evaluateEvery: 4000, untilScore: 12 });
console.log(`${summary.reason} after ${summary.seconds.toFixed(1)} s`);
assert.equal(summary.reason, "score");

agent.useBest();
const { score } = agent.evaluate({ episodes: 100 });
console.log(`100 episodes on other games: ${score.toFixed(1)} berries`);
assert.ok(score > 10);

const game = new Hedgehog();
const seen = new Float32Array(4);
const path = [];
game.seed(5);
game.reset();
while (!game.terminated) {
  game.observe(seen, 0);
  const action = agent.act(seen);
  path.push(game.step(action) === 1 ? "*" : "<>^v"[action]);
}
console.log(`its way through a night, * where it ate: ${path.join("")}`);
assert.ok(path.filter((mark) => mark === "*").length > 8);

const bytes = agent.toBytes(); // safetensors: write them where you like
const loaded = loadAgent(bytes, Hedgehog);
assert.equal(loaded.act(seen), agent.act(seen));
assert.equal(loaded.steps, agent.steps);
loaded.dispose();
agent.dispose();
