/**
 * probe:memory: the first observation shows a cue, the last decision asks for it. Whoever looks at one
 * observation at a time gets 0 on average.
 *
 * Variants: `2`, `10`: how many decisions follow the first one.
 * Actions: 0 and 1; only the last one of an episode counts.
 * Observation, 2 numbers: the cue, -1 or 1, before the first decision and 0 from then on; the part of
 * the episode that is over, 0 to 1.
 * Reward: with the last decision 1 for action 0 after the cue -1 and for action 1 after the cue 1, else
 * -1; 0 before. The picture shows no more than the observation.
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
import { nextUint32, seedRandom } from "../../random.js";
import { drawProbe, probeSpec, TWO_ACTIONS } from "./probe-spec.js";

const facts = {
  id: "probe:memory",
  title: "Probe: a cue to remember",
  variants: ["2", "10"],
  defaultVariant: "10",
} as const;

/** A cue to remember for `delay` decisions. */
export class MemoryProbe implements Game {
  readonly spec: GameSpec;
  /** Decisions after the first one. */
  readonly delay: number;
  terminated = true;
  /** Decisions played in this episode. */
  time = 0;
  /** What has to be remembered: -1 or 1. */
  cue = 1;
  readonly random: Uint32Array = new Uint32Array(4);

  constructor(variant: string) {
    this.delay = Number(variant);
    this.spec = probeSpec({
      name: "memory",
      title: facts.title,
      variant,
      actions: TWO_ACTIONS,
      observation: { size: 2, shape: [2], names: ["cue", "time"], low: [-1, 0], high: [1, 1] },
      maxSteps: this.delay + 1,
      maxScore: 1,
    });
  }

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.time = 0;
    this.cue = (nextUint32(this.random) & 1) === 0 ? -1 : 1;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.time += 1;
    this.terminated = this.time > this.delay;
    if (!this.terminated) return 0;
    return action === 1 ? this.cue : -this.cue;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.time === 0 ? this.cue : 0;
    out[at + 1] = this.time / (this.delay + 1);
  }

  draw(canvas: Canvas): void {
    drawProbe(canvas, this.time === 0 ? this.cue : 0, this.time);
  }
}

/** probe:memory: variants `2` and `10` (default). */
export const memoryProbe: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    return new MemoryProbe(chooseVariant(facts, variant));
  },
};
