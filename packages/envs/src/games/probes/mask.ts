/**
 * probe:mask: of 72 actions 64 are forbidden, other ones with every decision, and one of the 8 others is
 * right. Who plays by the mask (`legal`) never scores below 0, from the first episode on.
 *
 * Actions: 0 to 71. With group g, 0 to 8, those are allowed whose number leaves g when divided by 9; of
 * these g, g + 9, ..., g + 63 the right one is the ((5 g + 3) mod 8)-th, counted from 0.
 * Observation, 10 numbers: 1 at the group, 0 at the 8 others; the part of the episode that is over, 0 to 1.
 * Reward: 1 for the right action, 0 for the others that are allowed, -1 for a forbidden one.
 * Start: a group at random, another draw after every decision. End: after 4 decisions, or at once with a
 * forbidden action.
 * Version history: 1, the first.
 */
import { assertRunning, type Canvas, type Game, type GameSpec } from "../../game.js";
import { nextBelow, seedRandom } from "../../random.js";
import { numbers, probeSpec } from "./probe-spec.js";

const GROUPS = 9;
const PER_GROUP = 8;
const ACTIONS = GROUPS * PER_GROUP;
const LENGTH = 4;

const spec: GameSpec = probeSpec({
  name: "mask",
  title: "Probe: 64 of 72 actions are forbidden",
  actions: { kind: "discrete", names: Array.from({ length: ACTIONS }, (_, i) => `${i}`) },
  observation: numbers(GROUPS + 1, 0, 1),
  maxScore: LENGTH,
});

/** 64 of 72 actions are forbidden. */
export class MaskProbe implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** Decisions played in this episode. */
  time = 0;
  /** Which actions are allowed: those that leave this when divided by 9. */
  group = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.time = 0;
    this.group = nextBelow(this.random, GROUPS);
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.time += 1;
    if (action % GROUPS !== this.group) {
      this.terminated = true;
      return -1;
    }
    const reward = action === rightAction(this.group) ? 1 : 0;
    this.terminated = this.time === LENGTH;
    this.group = nextBelow(this.random, GROUPS);
    return reward;
  }

  legal(out: Uint8Array): void {
    for (let action = 0; action < ACTIONS; action++) {
      out[action] = !this.terminated && action % GROUPS === this.group ? 1 : 0;
    }
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + GROUPS);
    out[at + this.group] = 1;
    out[at + GROUPS] = this.time / LENGTH;
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    canvas.digits(1.4, 0.8, 2, this.group, 0x6fcf6a);
    canvas.digits(1, 3.2, 0.6, this.time, 0xe8ecf4);
  }
}

/** The one action that earns 1. */
function rightAction(group: number): number {
  return group + GROUPS * ((5 * group + 3) % PER_GROUP);
}
