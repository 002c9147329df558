/**
 * The two probes with several choices in one action: probe:multi-discrete (of 3, 2 and 4) and
 * probe:multi-binary (4 switches). One decision; the observation tells what is wanted of each entry, and
 * the reward is the share of the entries that are as wanted: an entry that is learned from another's
 * place, or not at all, shows in the score.
 *
 * Observation: for multi-discrete 3 + 2 + 4 numbers, per entry 1 at the wanted choice, else 0; for
 * multi-binary the 4 wanted switches, 0 or 1.
 */
import { assertRunning, type Canvas, type Game, type GameSpec } from "../../game.js";
import { nextBelow, seedRandom } from "../../random.js";
import { numbers, type ProbeFacts, probeSpec } from "./probe-spec.js";

const SIZES = [3, 2, 4] as const;
const SWITCHES = 4;

const FACTS: Readonly<Record<"multi-discrete" | "multi-binary", Omit<ProbeFacts, "name">>> = {
  "multi-discrete": {
    title: "Probe: three choices at once",
    actions: { kind: "multi-discrete", sizes: SIZES },
    observation: numbers(
      SIZES.reduce((sum, size) => sum + size, 0),
      0,
      1,
    ),
    maxScore: 1,
  },
  "multi-binary": {
    title: "Probe: four switches",
    actions: { kind: "multi-binary", size: SWITCHES },
    observation: numbers(SWITCHES, 0, 1),
    maxScore: 1,
  },
};

/** One of the two. */
export class ChoicesProbe implements Game {
  readonly spec: GameSpec;
  terminated = true;
  /** How many choices each entry has. */
  readonly sizes: Int32Array;
  /** Whether an entry is shown as one number; else as one per choice. */
  readonly isBinary: boolean;
  /** The right choice of each entry. */
  readonly wanted: Int32Array;
  readonly random: Uint32Array = new Uint32Array(4);

  constructor(name: keyof typeof FACTS) {
    this.spec = probeSpec({ name, ...FACTS[name] });
    this.isBinary = name === "multi-binary";
    this.sizes = this.isBinary ? new Int32Array(SWITCHES).fill(2) : Int32Array.from(SIZES);
    this.wanted = new Int32Array(this.sizes.length);
  }

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    for (let i = 0; i < this.sizes.length; i++) {
      this.wanted[i] = nextBelow(this.random, this.sizes[i]);
    }
  }

  step(action: Int32Array): number {
    assertRunning(this.terminated);
    this.terminated = true;
    let right = 0;
    for (let i = 0; i < this.wanted.length; i++) if (action[i] === this.wanted[i]) right += 1;
    return right / this.wanted.length;
  }

  observe(out: Float32Array, at: number): void {
    let next = at;
    for (let i = 0; i < this.wanted.length; i++) {
      if (this.isBinary) out[next++] = this.wanted[i];
      else for (let k = 0; k < this.sizes[i]; k++) out[next++] = k === this.wanted[i] ? 1 : 0;
    }
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    for (let i = 0; i < this.wanted.length; i++) {
      canvas.digits(i + 0.2, 1.7, 0.6, this.wanted[i], 0xe8ecf4);
    }
  }
}
