/**
 * Acrobot, with the physics of Gymnasium's Acrobot-v1 (Sutton 1996; the equations of Sutton and Barto
 * 2018): two links hang from a fixed joint, a motor sits in the joint between them; swing the tip
 * above the bar.
 *
 * Actions: torque of the motor, 0: -1, 1: 0, 2: +1 N m, for 0.2 s (one step of Runge and Kutta's
 * fourth order).
 * Observation, 6 numbers: cosine and sine of the first angle (0 hangs down), of the second (relative
 * to the first), and both angular speeds, rad/s.
 * Reward: -1 for every decision, 0 for the one that reaches the bar.
 * Start: angles and speeds in [-0.1, 0.1] at random. End: the tip is more than one link's length above
 * the fixed joint.
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

const SECONDS = 0.2;
const GRAVITY = 9.8;
const FASTEST_1 = 4 * Math.PI;
const FASTEST_2 = 9 * Math.PI;

const facts = {
  id: "acrobot",
  title: "Acrobot",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = {
  id: facts.id,
  variant: facts.defaultVariant,
  version: 1,
  title: facts.title,
  actions: { kind: "discrete", names: ["torque -1", "none", "torque +1"] },
  observation: {
    size: 6,
    shape: [6],
    names: ["cos 1", "sin 1", "cos 2", "sin 2", "speed 1", "speed 2"],
    low: [-1, -1, -1, -1, Math.fround(-FASTEST_1), Math.fround(-FASTEST_2)],
    high: [1, 1, 1, 1, Math.fround(FASTEST_1), Math.fround(FASTEST_2)],
    scale: [1, 1, 1, 1, 4, 8],
  },
  board: { width: 4.6, height: 4.6 },
  decisionsPerSecond: 15,
  maxSteps: 500,
  keys: { ArrowLeft: 0, KeyA: 0, ArrowRight: 2, KeyD: 2 },
  idle: 1,
};

export class Acrobot implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** Both angles and both angular speeds. */
  readonly state: Float64Array = new Float64Array(4);
  /** The derivative of the state at the four places that Runge and Kutta look at. */
  readonly slopes: Float64Array = new Float64Array(16);
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.slopes.fill(0);
    for (let i = 0; i < 4; i++) this.state[i] = 0.2 * nextFloat(this.random) - 0.1;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const torque = action - 1;
    this.slope(0, 0, torque);
    this.slope(1, SECONDS / 2, torque);
    this.slope(2, SECONDS / 2, torque);
    this.slope(3, SECONDS, torque);
    for (let i = 0; i < 4; i++) {
      const middle = this.slopes[4 + i] + this.slopes[8 + i];
      this.state[i] += (SECONDS / 6) * (this.slopes[i] + 2 * middle + this.slopes[12 + i]);
    }
    this.state[0] = wrapAngle(this.state[0]);
    this.state[1] = wrapAngle(this.state[1]);
    this.state[2] = Math.max(-FASTEST_1, Math.min(FASTEST_1, this.state[2]));
    this.state[3] = Math.max(-FASTEST_2, Math.min(FASTEST_2, this.state[3]));
    this.terminated = -cos(this.state[0]) - cos(this.state[1] + this.state[0]) > 1;
    return this.terminated ? 0 : -1;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = cos(this.state[0]);
    out[at + 1] = sin(this.state[0]);
    out[at + 2] = cos(this.state[1]);
    out[at + 3] = sin(this.state[1]);
    out[at + 4] = this.state[2];
    out[at + 5] = this.state[3];
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    const middle = 2.3;
    const elbowX = middle + sin(this.state[0]);
    const elbowY = middle + cos(this.state[0]);
    const tipX = elbowX + sin(this.state[0] + this.state[1]);
    const tipY = elbowY + cos(this.state[0] + this.state[1]);
    canvas.line(0.2, middle - 1, 4.4, middle - 1, 0.03, 0xf2c14e);
    canvas.line(middle, middle, elbowX, elbowY, 0.14, 0x5ad1ff);
    canvas.line(elbowX, elbowY, tipX, tipY, 0.14, 0xf5824a);
    canvas.circle(middle, middle, 0.1, 0xffffff);
    canvas.circle(elbowX, elbowY, 0.1, 0xffffff);
  }

  /** Writes slope `k`: the derivative at the state moved by `time` along the slope before. */
  private slope(k: number, time: number, torque: number): void {
    const before = k === 0 ? 0 : 4 * (k - 1);
    const angle1 = this.state[0] + time * this.slopes[before];
    const angle2 = this.state[1] + time * this.slopes[before + 1];
    const speed1 = this.state[2] + time * this.slopes[before + 2];
    const speed2 = this.state[3] + time * this.slopes[before + 3];
    // Both links: mass 1, length 1, centre of mass in the middle, moment of inertia 1.
    const d1 = 3.5 + cos(angle2);
    const d2 = 1.25 + 0.5 * cos(angle2);
    const phi2 = 0.5 * GRAVITY * cos(angle1 + angle2 - Math.PI / 2);
    const centrifugal = -0.5 * speed2 * speed2 * sin(angle2) - speed2 * speed1 * sin(angle2);
    const phi1 = centrifugal + 1.5 * GRAVITY * cos(angle1 - Math.PI / 2) + phi2;
    const pulled = torque + (d2 / d1) * phi1 - 0.5 * speed1 * speed1 * sin(angle2) - phi2;
    const acceleration2 = pulled / (1.25 - (d2 * d2) / d1);
    this.slopes[4 * k] = speed1;
    this.slopes[4 * k + 1] = speed2;
    this.slopes[4 * k + 2] = -(d2 * acceleration2 + phi1) / d1;
    this.slopes[4 * k + 3] = acceleration2;
  }
}

/** The same angle in [-pi, pi]. */
function wrapAngle(angle: number): number {
  let wrapped = angle;
  while (wrapped > Math.PI) wrapped -= 2 * Math.PI;
  while (wrapped < -Math.PI) wrapped += 2 * Math.PI;
  return wrapped;
}

/** Acrobot: swing two links above a bar. */
export const acrobot: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new Acrobot();
  },
};
