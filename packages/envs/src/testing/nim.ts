/**
 * A game of two players for the tests of this package: from a heap of stones each takes one to three
 * by turns, and who takes the last one wins. It has all that board games add to the contract.
 */
import { EnvError } from "../errors.js";
import { assertRunning, type Canvas, type Game, type GameSpec } from "../game.js";
import { nextBelow, seedRandom } from "../random.js";

/** Stones at the start: at least so many, and up to four more by chance. */
export const NIM_STONES = 9;

/**
 * Observation [stones left, whose turn]; the reward is 1 for the last stone. The stones lie in a row;
 * a click on one takes it and all to its right.
 */
export class Nim implements Game {
  readonly spec: GameSpec = {
    id: "nim",
    variant: "classic",
    version: 1,
    title: "Nim",
    actions: { kind: "discrete", names: ["one", "two", "three"] },
    observation: { size: 2, shape: [2], names: ["stones", "turn"], low: [0, 0], high: [13, 1] },
    board: { width: 14, height: 2 },
    decisionsPerSecond: 2,
    maxSteps: 20,
    maxScore: 1,
    players: 2,
    waits: true,
  };
  terminated = true;
  player = 0;
  /** By place, 1 where a stone lies. */
  readonly stones: Uint8Array = new Uint8Array(14);
  left = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.player = 0;
    this.left = NIM_STONES + nextBelow(this.random, 5);
    this.stones.fill(0);
    this.stones.fill(1, 0, this.left);
  }

  step(action: number): number {
    assertRunning(this.terminated);
    if (action >= this.left) {
      throw new EnvError("INVALID_ACTION", `nim: too many stones (got ${action + 1})`);
    }
    this.stones.fill(0, this.left - action - 1, this.left);
    this.left -= action + 1;
    this.player = 1 - this.player;
    this.terminated = this.left === 0;
    return this.terminated ? 1 : 0;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.left;
    out[at + 1] = this.player;
  }

  draw(canvas: Canvas): void {
    canvas.background(0);
    this.stones.forEach((stone, i) => {
      if (stone === 1) canvas.circle(i + 0.5, 1, 0.4, 0xffffff);
    });
  }

  legal(out: Uint8Array): void {
    for (let action = 0; action < 3; action++) out[action] = action < this.left ? 1 : 0;
  }

  actionAt(x: number, _y: number): number {
    const taken = this.left - Math.floor(x);
    return taken >= 1 && taken <= 3 ? taken - 1 : -1;
  }

  copyFrom(other: Nim): void {
    this.terminated = other.terminated;
    this.player = other.player;
    this.left = other.left;
    this.stones.set(other.stones);
    this.random.set(other.random);
  }
}
