/** Games of the agent library's own tests, as a user would write them. */
import { assertRunning, type Game, type GameSpec, nextBelow, seedRandom } from "@carom/envs";

const spec: GameSpec = {
  id: "lamps",
  variant: "plain",
  version: 1,
  title: "Lamps",
  actions: { kind: "discrete", names: ["left", "right"] },
  observation: { size: 2, shape: [2] },
  board: { width: 2, height: 1 },
  decisionsPerSecond: 5,
  maxSteps: 20,
  maxScore: 5,
};

/** One of two lamps is lit: 1 for switching it off, -1 for the other switch; five times. */
export class Lamps implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  lit = 0;
  time = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }
  reset(): void {
    this.time = 0;
    this.terminated = false;
    this.lit = nextBelow(this.random, 2);
  }
  step(action: number): number {
    assertRunning(this.terminated);
    const reward = action === this.lit ? 1 : -1;
    this.time++;
    this.terminated = this.time === 5;
    this.lit = nextBelow(this.random, 2);
    return reward;
  }
  observe(out: Float32Array, at: number): void {
    out[at] = this.lit === 0 ? 1 : 0;
    out[at + 1] = this.lit === 1 ? 1 : 0;
  }
  draw(): void {}
}

/** Lamps that note the seeds of all their episodes. */
export class WatchedLamps extends Lamps {
  static seeds: number[] = [];

  override seed(seed: number): void {
    WatchedLamps.seeds.push(seed);
    super.seed(seed);
  }
}

/** Lamps of which every game breaks with its 200th decision, as long as `breaks`. */
export class FragileLamps extends Lamps {
  static breaks = true;
  decisions = 0;

  override step(action: number): number {
    this.decisions++;
    if (FragileLamps.breaks && this.decisions === 200) throw new RangeError("a fuse blew");
    return super.step(action);
  }
}

/** Lamps for two by turns: what one wins the other loses, until the time limit. */
export class LampDuel extends Lamps {
  override readonly spec: GameSpec = {
    ...spec,
    id: "lamp-duel",
    title: "Lamp duel",
    maxSteps: 40,
    players: 2,
  };
  player = 0;

  override reset(): void {
    super.reset();
    this.player = 0;
  }
  override step(action: number): number {
    const reward = action === this.lit ? 1 : -1;
    this.time++;
    this.player = 1 - this.player;
    this.lit = nextBelow(this.random, 2);
    return reward;
  }
  legal(out: Uint8Array): void {
    out[0] = 1;
    out[1] = 1;
  }
}
