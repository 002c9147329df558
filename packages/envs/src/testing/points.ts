/** A game of two for the tests of this package in which every move earns something. */
import { assertRunning, type Canvas, type Game, type GameSpec } from "../game.js";
import { Nim } from "./nim.js";

/** Five moves by turns; each gives its mover one point more than its number, and 2 ends the game. */
export class Points implements Game {
  readonly spec: GameSpec = {
    ...new Nim().spec,
    id: "points",
    title: "Points",
    observation: { size: 1, shape: [1] },
  };
  terminated = true;
  player = 0;
  moves = 0;

  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
    this.player = 0;
    this.moves = 0;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.moves += 1;
    this.player = 1 - this.player;
    this.terminated = action === 2 || this.moves === 5;
    return action + 1;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.moves;
  }

  draw(canvas: Canvas): void {
    canvas.background(0);
    canvas.rect(0, 0, 1 + this.moves, 1, 0xffffff);
  }

  legal(out: Uint8Array): void {
    out.fill(1);
  }
}
