/**
 * Probe games: each is trivial and isolates one class of mistakes in a learning algorithm, so that
 * the first probe that fails says where to look. They are found by `findGame("probe:...")` but not
 * listed among the games.
 *
 *   probe        decisions   observation   reward                      what fails if not learned
 *   constant     1           0             always 1                    value loss, optimiser
 *   observation  1           -1 or 1       the observation             value from the observation
 *   delay        3           0, 0.5, 1     1 with the last decision    discounting, bootstrapping
 *   action       1           0             1 for action 1, else -1     policy loss, advantage
 *   match        1           -1 or 1       1 if both are low or high,  observation and action of a
 *                                          else -1                     step belong together
 *   truncation   cut at 10   0             always 1, for ever          time limits: the value must
 *                                                                      go to 1 / (1 - gamma)
 *
 * Actions: 0 and 1. Only probe:truncation never ends by its rules. Version history: 1, the first.
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

/** Which rule a probe follows. */
const Rule = { constant: 0, observation: 1, delay: 2, action: 3, match: 4, truncation: 5 } as const;

const DELAY = 3;

/** One probe game; the rule is a constant of the instance. */
export class Probe implements Game {
  readonly spec: GameSpec;
  terminated = true;
  readonly rule: number;
  /** Decisions played in this episode. */
  time = 0;
  /** The random observation of this episode: -1 or 1. */
  cue = 1;
  readonly random: Uint32Array = new Uint32Array(4);

  constructor(spec: GameSpec, rule: number) {
    this.spec = spec;
    this.rule = rule;
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
    canvas.background(0x171b27);
    canvas.rect(1, 1, 2, 2, this.cue > 0 ? 0x6fcf6a : 0xf2545b);
    canvas.digits(1, 3.2, 0.6, this.time, 0xe8ecf4);
  }
}

/** The probe games, in the order in which to try them. */
export const probes: readonly GameDefinition[] = [
  probe("constant", "Probe: reward always 1", 1),
  probe("observation", "Probe: the observation tells the reward", 1),
  probe("delay", "Probe: reward two decisions later", 1),
  probe("action", "Probe: the action decides", 1),
  probe("match", "Probe: observation and action decide", 1),
  probe("truncation", "Probe: reward for ever, cut at 10", 10),
];

function probe(name: keyof typeof Rule, title: string, maxScore: number): GameDefinition {
  const facts = { id: `probe:${name}`, title, variants: ["classic"], defaultVariant: "classic" };
  const spec: GameSpec = {
    id: facts.id,
    variant: facts.defaultVariant,
    version: 1,
    title,
    actions: { kind: "discrete", names: ["zero", "one"] },
    observation: { size: 1, shape: [1], low: [-1], high: [1.5] },
    board: { width: 4, height: 4 },
    decisionsPerSecond: 2,
    maxSteps: 10,
    maxScore,
  };
  return {
    ...facts,
    create(variant?: string): Game {
      chooseVariant(facts, variant);
      return new Probe(spec, Rule[name]);
    },
  };
}
