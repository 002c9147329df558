/** A game that does nothing: tests change one method of it. */
import type { Canvas, Game, GameSpec } from "@carom/envs";

/** The spec of the tests' games. */
export const plainSpec: GameSpec = {
  id: "plain",
  variant: "classic",
  version: 1,
  title: "Plain",
  actions: { kind: "discrete", names: ["a", "b", "c", "d"] },
  observation: { size: 4, shape: [4] },
  board: { width: 10, height: 10 },
  decisionsPerSecond: 10,
  maxSteps: 1000,
};

/** Fields to play with, and methods that do next to nothing. */
export class Plain implements Game {
  readonly spec: GameSpec = plainSpec;
  terminated = false;
  x = 0;
  flag = false;
  readonly cells: Uint8Array = new Uint8Array(8);
  readonly values: Float64Array = new Float64Array(8);
  readonly random: Uint32Array = Uint32Array.of(1, 2, 3, 4);

  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
  }

  step(_action: number): number {
    return 0;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.x;
  }

  draw(canvas: Canvas): void {
    canvas.background(0x123456);
  }
}
