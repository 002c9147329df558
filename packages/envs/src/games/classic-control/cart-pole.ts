/**
 * CartPole, with the physics of Gymnasium's CartPole-v1 (Barto, Sutton and Anderson 1983): a cart on
 * a track carries a pole that is free to fall; push the cart so that it does not.
 *
 * Variants: `classic`, and `no-velocity`, the same game with both speeds left out of the observation, for
 * policies with a memory.
 * Actions: 0 push left, 1 push right, each with 10 N for 0.02 s.
 * Observation, 4 numbers: cart's place (m from the middle), its speed (m/s), the pole's angle (rad
 * from upright, positive to the right), its angular speed (rad/s). In `no-velocity` 2 numbers: place and
 * angle.
 * Reward: 1 for every decision, the last one too.
 * Start: all four in [-0.05, 0.05] at random. End: the cart is more than 2.4 m from the middle or
 * the pole more than 12 degrees from upright. Time limit 500, so 500 is the best return.
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

const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const TOTAL_MASS = 1.1;
const HALF_POLE = 0.5;
const FORCE = 10;
const SECONDS = 0.02;
const TRACK_END = 2.4;
const LARGEST_ANGLE = (12 * 2 * Math.PI) / 360;

const facts = {
  id: "cartpole",
  title: "CartPole",
  variants: ["classic", "no-velocity"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = {
  id: facts.id,
  variant: facts.defaultVariant,
  version: 1,
  title: facts.title,
  actions: { kind: "discrete", names: ["push left", "push right"] },
  observation: {
    size: 4,
    shape: [4],
    names: ["x", "speed", "angle", "angular speed"],
    scale: [2.4, 2, 0.2, 2],
  },
  board: { width: 6, height: 3 },
  decisionsPerSecond: 50,
  maxSteps: 500,
  maxScore: 500,
  keys: { ArrowLeft: 0, KeyA: 0, ArrowRight: 1, KeyD: 1 },
};

const specWithoutVelocity: GameSpec = {
  ...spec,
  variant: "no-velocity",
  title: "CartPole (without speeds)",
  observation: { size: 2, shape: [2], names: ["x", "angle"], scale: [2.4, 0.2] },
};

export class CartPole implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  x = 0;
  speed = 0;
  angle = 0;
  angularSpeed = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.x = 0.1 * nextFloat(this.random) - 0.05;
    this.speed = 0.1 * nextFloat(this.random) - 0.05;
    this.angle = 0.1 * nextFloat(this.random) - 0.05;
    this.angularSpeed = 0.1 * nextFloat(this.random) - 0.05;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const force = action === 1 ? FORCE : -FORCE;
    const cosine = cos(this.angle);
    const sine = sin(this.angle);
    // The cart's acceleration without the pole's pull (Florian 2007, without friction).
    const swing = this.angularSpeed * this.angularSpeed * sine;
    const push = (force + POLE_MASS * HALF_POLE * swing) / TOTAL_MASS;
    const inertia = HALF_POLE * (4 / 3 - (POLE_MASS * cosine * cosine) / TOTAL_MASS);
    const angularAcceleration = (GRAVITY * sine - cosine * push) / inertia;
    const pull = (POLE_MASS * HALF_POLE * angularAcceleration * cosine) / TOTAL_MASS;
    this.x += SECONDS * this.speed;
    this.speed += SECONDS * (push - pull);
    this.angle += SECONDS * this.angularSpeed;
    this.angularSpeed += SECONDS * angularAcceleration;
    this.terminated = Math.abs(this.x) > TRACK_END || Math.abs(this.angle) > LARGEST_ANGLE;
    return 1;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.x;
    out[at + 1] = this.speed;
    out[at + 2] = this.angle;
    out[at + 3] = this.angularSpeed;
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    const place = 3 + Math.max(-2.6, Math.min(2.6, this.x));
    const length = 2 * HALF_POLE;
    canvas.line(3 - TRACK_END, 2.4, 3 + TRACK_END, 2.4, 0.03, 0x48506a);
    canvas.rect(place - 0.3, 2.15, 0.6, 0.3, 0x5ad1ff);
    const tipX = place + length * 1.4 * sin(this.angle);
    const tipY = 2.15 - length * 1.4 * cos(this.angle);
    canvas.line(place, 2.15, tipX, tipY, 0.1, 0xf5824a);
    canvas.circle(place, 2.15, 0.07, 0xffffff);
  }
}

/** CartPole as `no-velocity` shows it; rules and state are CartPole's. */
export class CartPoleWithoutVelocity extends CartPole {
  override readonly spec: GameSpec = specWithoutVelocity;

  override observe(out: Float32Array, at: number): void {
    out[at] = this.x;
    out[at + 1] = this.angle;
  }
}

/** CartPole: `classic` (default) and `no-velocity`. */
export const cartPole: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    const chosen = chooseVariant(facts, variant);
    return chosen === "no-velocity" ? new CartPoleWithoutVelocity() : new CartPole();
  },
};
