/**
 * A game for the tests of this package: counts its own decisions and episodes, so that every value
 * tells where it is from.
 */
import { assertRunning, type Canvas, type Game, type GameSpec } from "../game.js";

/** Decisions of one episode. */
export const COUNTER_LENGTH = 5;

/**
 * Observation [decisions in this episode, episodes begun, last action]; the reward is the number of
 * the decision.
 */
export class Counter implements Game {
  readonly spec: GameSpec = {
    id: "counter",
    variant: "classic",
    version: 3,
    title: "Counter",
    actions: { kind: "discrete", names: ["a", "b", "c", "d", "e"] },
    observation: { size: 3, shape: [3] },
    board: { width: 10, height: 10 },
    decisionsPerSecond: 10,
    maxSteps: 1000,
  };
  terminated = true;
  time = 0;
  episodes = 0;
  lastAction = 0;
  readonly seedLow: Uint32Array = new Uint32Array(1);

  seed(seed: number): void {
    this.seedLow[0] = seed % 4294967296;
  }

  reset(): void {
    this.terminated = false;
    this.time = 0;
    this.episodes += 1;
    this.lastAction = 0;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.time += 1;
    this.lastAction = action;
    this.terminated = this.time === COUNTER_LENGTH;
    return this.time;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.time;
    out[at + 1] = this.episodes;
    out[at + 2] = this.lastAction;
  }

  draw(canvas: Canvas): void {
    canvas.background(0);
    canvas.rect(0, 0, 1 + this.time, 1, 0xffffff);
  }
}
