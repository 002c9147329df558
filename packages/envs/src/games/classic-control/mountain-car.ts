/**
 * MountainCar, with the physics of Gymnasium's MountainCar-v0 (Moore 1990): a car in a valley is too
 * weak to climb the right hill at once; it has to swing back and forth to get there.
 *
 * Actions: 0 accelerate left, 1 roll, 2 accelerate right.
 * Observation, 2 numbers: place, -1.2 to 0.6, and speed, -0.07 to 0.07.
 * Reward: -1 for every decision.
 * Start: at rest in [-0.6, -0.4] at random. End: place 0.5 or more. The left wall stops the car.
 * Version history: 1, the first.
 */
import {
  assertRunning,
  type Canvas,
  chooseVariant,
  type Game,
  type GameDefinition,
  type GameSpec,
} from "../../game.js";
import { cos, sin } from "../../math.js";
import { nextFloat, seedRandom } from "../../random.js";

const LEFT = -1.2;
const RIGHT = 0.6;
const GOAL = 0.5;
const FASTEST = 0.07;
const PUSH = 0.001;
const GRAVITY = 0.0025;

const facts = {
  id: "mountaincar",
  title: "MountainCar",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = {
  id: facts.id,
  variant: facts.defaultVariant,
  version: 1,
  title: facts.title,
  actions: { kind: "discrete", names: ["left", "roll", "right"] },
  observation: {
    size: 2,
    shape: [2],
    names: ["place", "speed"],
    low: [LEFT, Math.fround(-FASTEST)],
    high: [Math.fround(RIGHT), Math.fround(FASTEST)],
    scale: [1, 0.05],
  },
  board: { width: 3.6, height: 2.4 },
  decisionsPerSecond: 30,
  maxSteps: 200,
  keys: { ArrowLeft: 0, KeyA: 0, ArrowRight: 2, KeyD: 2 },
  idle: 1,
};

export class MountainCar implements Game {
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
    this.place = -0.6 + 0.2 * nextFloat(this.random);
    this.speed = 0;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.speed += (action - 1) * PUSH - cos(3 * this.place) * GRAVITY;
    this.speed = Math.max(-FASTEST, Math.min(FASTEST, this.speed));
    this.place = Math.max(LEFT, Math.min(RIGHT, this.place + this.speed));
    if (this.place === LEFT && this.speed < 0) this.speed = 0;
    this.terminated = this.place >= GOAL && this.speed >= 0;
    return -1;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.place;
    out[at + 1] = this.speed;
  }

  draw(canvas: Canvas): void {
    drawMountain(canvas, this.place, GOAL);
  }
}

/** The valley, a flag at the goal and the car, in the board's 3.6 x 2.4 units. */
export function drawMountain(canvas: Canvas, place: number, goal: number): void {
  canvas.background(0x171b27);
  const parts = 36;
  for (let i = 0; i < parts; i++) {
    const from = LEFT + ((RIGHT - LEFT) * i) / parts;
    const to = LEFT + ((RIGHT - LEFT) * (i + 1)) / parts;
    canvas.line(across(from), height(from), across(to), height(to), 0.04, 0x48506a);
  }
  canvas.line(across(goal), height(goal), across(goal), height(goal) - 0.45, 0.03, 0xe6edf3);
  canvas.rect(across(goal), height(goal) - 0.45, 0.2, 0.14, 0xf2c14e);
  canvas.circle(across(place), height(place) - 0.11, 0.11, 0x5ad1ff);
}

function across(place: number): number {
  return 0.15 + (1.65 * (place - LEFT)) / 0.9;
}

function height(place: number): number {
  return 1.45 - 0.75 * sin(3 * place);
}

/** MountainCar: swing out of a valley. */
export const mountainCar: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new MountainCar();
  },
};
