/**
 * The actions given in the episodes being played, as the outermost layer took them: what is needed to
 * play them again when a thread is lost.
 */
import type { ActionSpace } from "../game.js";
import { type ActionArray, actionArray, actionWidth } from "../spaces.js";

const FIRST_STEPS = 64;

/** Logs of `count` envs. */
export class EpisodeLogs {
  /** Steps of each env's episode; -1 where its beginning is not known. */
  readonly steps: Int32Array;
  /** Number of each env's episode. */
  readonly episodes: Int32Array;
  private readonly logs: ActionArray[];
  private readonly space: ActionSpace;
  private readonly width: number;

  constructor(space: ActionSpace, count: number) {
    this.space = space;
    this.width = actionWidth(space);
    this.steps = new Int32Array(count);
    this.episodes = new Int32Array(count);
    this.logs = Array.from({ length: count }, () => actionArray(space, FIRST_STEPS * this.width));
  }

  /** Begins an episode; `known` false where it is already under way. */
  begin(env: number, episode: number, known = true): void {
    this.episodes[env] = episode;
    this.steps[env] = known ? 0 : -1;
  }

  /** Adds row `env` of `actions`. */
  add(env: number, actions: ActionArray): void {
    const { steps, width } = this;
    if (steps[env] < 0) return;
    const at = steps[env] * width;
    if (at + width > this.logs[env].length) this.grow(env);
    const log = this.logs[env];
    for (let i = 0; i < width; i++) log[at + i] = actions[env * width + i];
    steps[env] += 1;
  }

  /** The actions of the episode so far, `[steps, A]`; undefined where they are not known. */
  of(env: number): ActionArray | undefined {
    const steps = this.steps[env];
    return steps < 0 ? undefined : this.logs[env].slice(0, steps * this.width);
  }

  private grow(env: number): void {
    const log = this.logs[env];
    this.logs[env] = actionArray(this.space, 2 * log.length);
    this.logs[env].set(log);
  }
}
