/**
 * Pendulum, with the physics of Gymnasium's Pendulum-v1: a rod hangs from a joint with a motor that
 * is too weak to lift it at once; swing it up and keep it there.
 *
 * Action, 1 number: torque of the motor from -2 to 2 N m (positive: counterclockwise), for 0.05 s.
 * Observation, 3 numbers: cosine and sine of the angle (0 stands upright, positive to the left), and
 * the angular speed, -8 to 8 rad/s.
 * Reward: -(angle^2 + 0.1 speed^2 + 0.001 torque^2) of the state before, the angle within half a turn.
 * Start: angle in [-pi, pi] and speed in [-1, 1] at random. It does not end: the time limit of 200
 * cuts it.
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
import { cos, sin } from "../../math.js";
import { nextFloat, seedRandom } from "../../random.js";

const SECONDS = 0.05;
const FASTEST = 8;
const MOST_TORQUE = 2;
/** 3 g / 2 l, with g = 10 and l = 1. */
const GRAVITY = 15;

const spec: GameSpec = {
  id: "pendulum",
  variant: "classic",
  version: 1,
  title: "Pendulum",
  actions: {
    kind: "box",
    size: 1,
    low: [-MOST_TORQUE],
    high: [MOST_TORQUE],
    names: ["torque"],
  },
  observation: {
    size: 3,
    shape: [3],
    names: ["cos", "sin", "speed"],
    low: [-1, -1, -FASTEST],
    high: [1, 1, FASTEST],
    scale: [1, 1, 4],
  },
  board: { width: 2.6, height: 2.6 },
  decisionsPerSecond: 20,
  maxSteps: 200,
  keys: {
    ArrowLeft: [MOST_TORQUE],
    KeyA: [MOST_TORQUE],
    ArrowRight: [-MOST_TORQUE],
    KeyD: [-MOST_TORQUE],
  },
};

export class Pendulum implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** From upright, counterclockwise; whole turns count. */
  angle = 0;
  speed = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.angle = Math.PI * (2 * nextFloat(this.random) - 1);
    this.speed = 2 * nextFloat(this.random) - 1;
  }

  step(action: Float32Array): number {
    assertRunning(this.terminated);
    const torque = Math.max(-MOST_TORQUE, Math.min(MOST_TORQUE, action[0]));
    const lean = wrapAngle(this.angle);
    const cost = lean * lean + 0.1 * this.speed * this.speed + 0.001 * torque * torque;
    // 3 / (m l^2) with mass and length 1; Gymnasium takes this product in single precision.
    const push = Math.fround(3 * torque);
    const speed = this.speed + (GRAVITY * sin(this.angle) + push) * SECONDS;
    this.speed = Math.max(-FASTEST, Math.min(FASTEST, speed));
    this.angle += this.speed * SECONDS;
    return -cost;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = cos(this.angle);
    out[at + 1] = sin(this.angle);
    out[at + 2] = this.speed;
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    const middle = 1.3;
    const tipX = middle - sin(this.angle);
    const tipY = middle - cos(this.angle);
    canvas.line(middle, middle, tipX, tipY, 0.16, 0xd1495b);
    canvas.circle(tipX, tipY, 0.12, 0xf5824a);
    canvas.circle(middle, middle, 0.1, 0xffffff);
  }
}

/** The same angle in [-pi, pi). */
function wrapAngle(angle: number): number {
  const turn = 2 * Math.PI;
  return angle - turn * Math.floor((angle + Math.PI) / turn);
}

/** Pendulum: swing a rod up and keep it there. */
export const pendulum: GameDefinition = defineGame(() => new Pendulum());
