/**
 * probe:identity: 16 decisions, each with a new cue out of 4, which is the right action. What
 * probe:match asks once an episode, within one: learners that mix up neighbouring steps fail here.
 *
 * Observation, 4 numbers: 1 at the cue, 0 at the 3 others. Reward: 1 for the action that is the cue,
 * else 0. Start: a cue at random, another draw after every decision.
 * Version history: 1, the first.
 */
import { assertRunning, type Canvas, type Game, type GameSpec } from "../../game.js";
import { nextBelow, seedRandom } from "../../random.js";
import { numbers, probeSpec } from "./probe-spec.js";

const CUES = 4;
const LENGTH = 16;

const spec: GameSpec = probeSpec({
  name: "identity",
  title: "Probe: the action is what is seen",
  actions: { kind: "discrete", names: ["zero", "one", "two", "three"] },
  observation: numbers(CUES, 0, 1),
  maxSteps: LENGTH,
  maxScore: LENGTH,
});

/** The action is what is seen. */
export class IdentityProbe implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** Decisions played in this episode. */
  time = 0;
  /** The right action. */
  cue = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.time = 0;
    this.cue = nextBelow(this.random, CUES);
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const reward = action === this.cue ? 1 : 0;
    this.time += 1;
    this.terminated = this.time === LENGTH;
    this.cue = nextBelow(this.random, CUES);
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + CUES);
    out[at + this.cue] = 1;
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    canvas.digits(1.4, 0.8, 2, this.cue, 0x6fcf6a);
    canvas.digits(1, 3.2, 0.6, this.time, 0xe8ecf4);
  }
}
