/**
 * A game for the tests of this package whose actions are vectors, of any kind: it shows what it was
 * given, so that every entry tells whether it arrived.
 */
import { type ActionSpace, assertRunning, type Canvas, type Game, type GameSpec } from "../game.js";
import { nextBelow, seedRandom } from "../random.js";
import { actionWidth } from "../spaces.js";

/** Decisions of one episode. */
export const ECHO_LENGTH = 150;

type VectorSpace = Exclude<ActionSpace, { kind: "discrete" }>;

/** The kinds of vector action, with bounds that differ from entry to entry. */
export const echoSpaces: Readonly<Record<VectorSpace["kind"], VectorSpace>> = {
  box: { kind: "box", size: 3, low: [-1, 0, -0.1], high: [1, 0.5, 7], names: ["x", "y", "z"] },
  "multi-discrete": { kind: "multi-discrete", sizes: [2, 7, 256], names: ["x", "y", "z"] },
  "multi-binary": { kind: "multi-binary", size: 5 },
};

/**
 * Observation [decisions in this episode, the last action]; the reward is the sum of the action's
 * entries, the first once, the second twice, the third three times and so on.
 */
export class Echo implements Game {
  readonly spec: GameSpec;
  terminated = true;
  time = 0;
  /** Drawn at the start: chance is part of the state. */
  luck = 0;
  /** Sum of the rewards: no decision is without a trace. */
  total = 0;
  readonly last: Float64Array;
  readonly random: Uint32Array = new Uint32Array(4);

  constructor(actions: VectorSpace) {
    const width = actionWidth(actions);
    this.last = new Float64Array(width);
    this.spec = {
      id: `echo-${actions.kind}`,
      variant: "classic",
      version: 1,
      title: "Echo",
      actions,
      observation: { size: 1 + width, shape: [1 + width] },
      board: { width: 10, height: 10 },
      decisionsPerSecond: 10,
      maxSteps: 1000,
      keys: { ArrowUp: Array.from({ length: width }, () => 0), KeyX: oneIn(width) },
      idle: Array.from({ length: width }, () => 0),
    };
  }

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.time = 0;
    this.luck = nextBelow(this.random, 9);
    this.total = 0;
    this.last.fill(0);
  }

  step(action: Float32Array | Int32Array): number {
    assertRunning(this.terminated);
    this.last.set(action);
    this.time += 1;
    this.terminated = this.time === ECHO_LENGTH;
    const reward = this.last.reduce((sum, entry, i) => sum + (1 + i) * entry, 0);
    this.total += reward;
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.time;
    out.set(this.last, at + 1);
  }

  draw(canvas: Canvas): void {
    canvas.background(0);
    canvas.rect(0, 0, 1 + this.luck, 1, 0xffffff);
  }
}

/** 1 in the first entry, 0 in the others. */
function oneIn(width: number): number[] {
  return Array.from({ length: width }, (_, i) => (i === 0 ? 1 : 0));
}
