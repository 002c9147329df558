/**
 * Corridor, a game of one's own: a walker starts somewhere in a corridor of 9 cells. The right end is worth 1, the left end
 * -1. Actions: 0 left, 1 right. Observation, 9 numbers: 1 where the walker is.
 *
 * `pnpm train ./examples/lib/corridor.mjs` trains it by the command; own-game.mjs does so by the library.
 */
import { assertRunning, defineGame, nextBelow, seedRandom } from "@carom/envs";

export const cells = 9;

class Corridor {
  spec = {
    id: "corridor",
    variant: "plain",
    version: 1,
    title: "Corridor",
    actions: { kind: "discrete", names: ["left", "right"] },
    observation: { size: cells, shape: [cells] },
    board: { width: cells, height: 1 },
    decisionsPerSecond: 5,
    maxSteps: 50,
    maxScore: 1,
    keys: { ArrowLeft: 0, ArrowRight: 1 },
    waits: true,
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

export default defineGame(() => new Corridor());
