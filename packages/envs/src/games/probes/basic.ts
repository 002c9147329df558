/**
 * The six probes with actions 0 and 1 with which to begin: constant, observation, delay, action, match
 * and truncation. Their rules are in the table of probes.ts. Only probe:truncation never ends by its
 * rules.
 */
import { assertRunning, type Canvas, type Game, type GameSpec } from "../../game.js";
import { nextUint32, seedRandom } from "../../random.js";
import { drawProbe, numbers, probeSpec, TWO_ACTIONS } from "./probe-spec.js";

/** Which rule a probe follows. */
const Rule = { constant: 0, observation: 1, delay: 2, action: 3, match: 4, truncation: 5 } as const;

const TITLES: Readonly<Record<keyof typeof Rule, string>> = {
  constant: "Probe: reward always 1",
  observation: "Probe: the observation tells the reward",
  delay: "Probe: reward two decisions later",
  action: "Probe: the action decides",
  match: "Probe: observation and action decide",
  truncation: "Probe: reward for ever, cut at 10",
};

const DELAY = 3;

/** One of the six; the rule is a constant of the instance. */
export class BasicProbe implements Game {
  readonly spec: GameSpec;
  terminated = true;
  readonly rule: number;
  /** Decisions played in this episode. */
  time = 0;
  /** The random observation of this episode: -1 or 1. */
  cue = 1;
  readonly random: Uint32Array = new Uint32Array(4);

  constructor(name: keyof typeof Rule) {
    this.spec = probeSpec({
      name,
      title: TITLES[name],
      actions: TWO_ACTIONS,
      observation: numbers(1, -1, 1.5),
      maxScore: name === "truncation" ? 10 : 1,
    });
    this.rule = Rule[name];
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
    this.terminated =
      this.rule === Rule.delay ? this.time === DELAY : this.rule !== Rule.truncation;
    const right = action === 1 ? 1 : -1;
    if (this.rule === Rule.observation) return this.cue;
    if (this.rule === Rule.delay) return this.terminated ? 1 : 0;
    if (this.rule === Rule.action) return right;
    if (this.rule === Rule.match) return right * this.cue;
    return 1;
  }

  observe(out: Float32Array, at: number): void {
    const cued = this.rule === Rule.observation || this.rule === Rule.match;
    if (cued) out[at] = this.cue;
    else out[at] = this.rule === Rule.delay ? this.time / (DELAY - 1) : 0;
  }

  draw(canvas: Canvas): void {
    drawProbe(canvas, this.cue, this.time);
  }
}
