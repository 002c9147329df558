/**
 * MountainCar with a motor that takes any force, with the physics of Gymnasium's
 * MountainCarContinuous-v0: the car in its valley is too weak to climb the right hill at once, and
 * every push costs.
 *
 * Action, 1 number: force from -1 (left) to 1 (right), times 0.0015 per decision.
 * Observation, 2 numbers: place, -1.2 to 0.6, and speed, -0.07 to 0.07.
 * Reward: -0.1 times the force squared for every decision, and 100 for the one that reaches the goal.
 * Start: at rest in [-0.6, -0.4] at random. End: place 0.45 or more. The left wall stops the car.
 * Place and speed are kept in single precision, and a decision computes in it, as Gymnasium does.
 * Version history: 1, the first.
 */
import {
  assertRunning,
  type Canvas,
  defineGame,
  type Game,
  type GameDefinition,
  type GameSpec,
} from "../../game.js";
import { cos } from "../../math.js";
import { nextFloat, seedRandom } from "../../random.js";
import { drawMountain } from "./mountain-car.js";

const LEFT = Math.fround(-1.2);
const RIGHT = Math.fround(0.6);
const GOAL = Math.fround(0.45);
const FASTEST = Math.fround(0.07);
const POWER = Math.fround(0.0015);
const GRAVITY = 0.0025;

const spec: GameSpec = {
  id: "mountaincar-continuous",
  variant: "classic",
  version: 1,
  title: "MountainCar Continuous",
  actions: { kind: "box", size: 1, low: [-1], high: [1], names: ["force"] },
  observation: {
    size: 2,
    shape: [2],
    names: ["place", "speed"],
    low: [LEFT, -FASTEST],
    high: [RIGHT, FASTEST],
    scale: [1, 0.05],
  },
  board: { width: 3.6, height: 2.4 },
  decisionsPerSecond: 30,
  maxSteps: 999,
  keys: { ArrowLeft: [-1], KeyA: [-1], ArrowRight: [1], KeyD: [1] },
};

export class MountainCarContinuous implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  place = 0;
  speed = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.place = Math.fround(-0.6 + 0.2 * nextFloat(this.random));
    this.speed = 0;
  }

  step(action: Float32Array): number {
    assertRunning(this.terminated);
    const force = Math.max(-1, Math.min(1, action[0]));
    const slope = Math.fround(GRAVITY * cos(Math.fround(3 * this.place)));
    const change = Math.fround(Math.fround(force * POWER) - slope);
    const speed = Math.fround(this.speed + change);
    this.speed = Math.max(-FASTEST, Math.min(FASTEST, speed));
    this.place = Math.max(LEFT, Math.min(RIGHT, Math.fround(this.place + this.speed)));
    if (this.place === LEFT && this.speed < 0) this.speed = 0;
    this.terminated = this.place >= GOAL && this.speed >= 0;
    return (this.terminated ? 100 : 0) - force * force * 0.1;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.place;
    out[at + 1] = this.speed;
  }

  draw(canvas: Canvas): void {
    drawMountain(canvas, this.place, GOAL);
  }
}

/** MountainCar with any force: swing out of a valley, and spend little. */
export const mountainCarContinuous: GameDefinition = defineGame(() => new MountainCarContinuous());
