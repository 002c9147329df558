/**
 * The four probes with real numbers as actions, for learners that take nothing else.
 *
 *   continuous             a in [-1, 1]; cue c in [-1, 1]; reward -(a - c / 2)^2
 *   continuous-2d          a in [-2, 2], b in [0, 1]; cue c is -1 or 1;
 *                          reward -(a - 1.5 c)^2 - (b - 0.5 + 0.4 c)^2
 *   continuous-delay       as probe:delay, whatever the action in [-1, 1]
 *   continuous-truncation  as probe:truncation, whatever the action in [-1, 1]
 *
 * The targets of continuous-2d, (-1.5, 0.9) and (1.5, 0.1), lie inside the bounds, but out of reach for
 * who forgets half of them: numbers left in [-1, 1] miss both by 0.5 in `a`, and bounds taken for symmetric
 * (the width without the middle) miss the first by 0.4 in `b`.
 */
import { assertRunning, type Canvas, type Game, type GameSpec } from "../../game.js";
import { nextFloat, nextUint32, seedRandom } from "../../random.js";
import { drawProbe, numbers, type ProbeFacts, probeSpec } from "./probe-spec.js";

/** Which rule a probe follows. */
const Rule = {
  continuous: 0,
  "continuous-2d": 1,
  "continuous-delay": 2,
  "continuous-truncation": 3,
} as const;

const DELAY = 3;

const one = { kind: "box", size: 1, low: [-1], high: [1] } as const;
const two = { kind: "box", size: 2, low: [-2, 0], high: [2, 1] } as const;

const FACTS: Readonly<Record<keyof typeof Rule, Omit<ProbeFacts, "name">>> = {
  continuous: {
    title: "Probe: half of the cue",
    actions: one,
    observation: numbers(1, -1, 1),
    maxScore: 0,
  },
  "continuous-2d": {
    title: "Probe: two numbers with bounds of their own",
    actions: two,
    observation: numbers(1, -1, 1),
    maxScore: 0,
  },
  "continuous-delay": {
    title: "Probe: reward two decisions later, actions are numbers",
    actions: one,
    observation: numbers(1, 0, 1.5),
    maxScore: 1,
  },
  "continuous-truncation": {
    title: "Probe: reward for ever, cut at 10, actions are numbers",
    actions: one,
    observation: numbers(1, -1, 1),
    maxScore: 10,
  },
};

/** One of the four; the rule is a constant of the instance. */
export class ContinuousProbe implements Game {
  readonly spec: GameSpec;
  terminated = true;
  readonly rule: number;
  /** Decisions played in this episode. */
  time = 0;
  /** What this episode asks for: -1 to 1, a float32, so that what is seen is what counts. */
  cue = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  constructor(name: keyof typeof Rule) {
    this.spec = probeSpec({ name, ...FACTS[name] });
    this.rule = Rule[name];
  }

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.time = 0;
    if (this.rule === Rule.continuous) this.cue = Math.fround(2 * nextFloat(this.random) - 1);
    if (this.rule === Rule["continuous-2d"]) this.cue = nextUint32(this.random) & 1 ? 1 : -1;
  }

  step(action: Float32Array): number {
    assertRunning(this.terminated);
    this.time += 1;
    if (this.rule === Rule["continuous-truncation"]) return 1;
    if (this.rule === Rule["continuous-delay"]) {
      this.terminated = this.time === DELAY;
      return this.terminated ? 1 : 0;
    }
    this.terminated = true;
    if (this.rule === Rule.continuous) {
      const miss = action[0] - this.cue / 2;
      return 0 - miss * miss;
    }
    const missA = action[0] - 1.5 * this.cue;
    const missB = action[1] - 0.5 + 0.4 * this.cue;
    return 0 - missA * missA - missB * missB;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.rule === Rule["continuous-delay"] ? this.time / (DELAY - 1) : this.cue;
  }

  draw(canvas: Canvas): void {
    drawProbe(canvas, this.cue, this.time);
    canvas.rect(1.9 + this.cue, 1, 0.2, 2, 0xe8ecf4);
  }
}
