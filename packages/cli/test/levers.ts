/** A game for tests of what several numbers per action need: two levers, four decisions. */
import {
  type Action,
  assertRunning,
  type Canvas,
  defineGame,
  type Game,
  type GameDefinition,
  type GameSpec,
} from "@carom/envs";

const spec: GameSpec = {
  ...{ id: "levers", variant: "classic", version: 1, title: "Levers" },
  actions: { kind: "box", size: 2, low: [-1, -1], high: [1, 1], names: ["left", "right"] },
  observation: { size: 3, shape: [3] },
  ...{ board: { width: 4, height: 2 }, decisionsPerSecond: 4, maxSteps: 10 },
};

/** The reward is how far the levers are apart. */
class Levers implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  time = 0;
  readonly levers: Float32Array = new Float32Array(2);

  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
    this.time = 0;
    this.levers.fill(0);
  }

  step(action: Action): number {
    assertRunning(this.terminated);
    if (typeof action === "number") throw new Error("levers: an action has two numbers");
    this.levers.set(action);
    this.time += 1;
    this.terminated = this.time === 4;
    return Math.abs(this.levers[0] - this.levers[1]);
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.time;
    out.set(this.levers, at + 1);
  }

  draw(canvas: Canvas): void {
    canvas.background(0);
    for (let i = 0; i < 2; i++) canvas.circle(1 + 2 * i, 1 + this.levers[i] / 2, 0.4, 0xffffff);
  }
}

export const levers: GameDefinition = defineGame(() => new Levers());
