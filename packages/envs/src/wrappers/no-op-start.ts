/**
 * No-op start (Mnih et al. 2015, methods): every episode begins with a random number of idle actions,
 * so that a deterministic game does not begin the same way each time.
 */
import { nextBelow } from "../random.js";
import { actionWidth } from "../spaces.js";
import type { VectorEnv } from "../vector-env.js";
import { idleOf } from "./idle.js";
import { EndKeeper } from "./kept-ends.js";
import { invalidSetting, type VectorWrapper } from "./wrapper.js";

/** How many idle actions. */
export interface NoOpStartOptions {
  /** The most there can be, at least 1; the number is uniform from 1 to this (usual: 30). */
  readonly most: number;
}

/** Begins every episode with 1 to `most` idle actions. Throws EnvError INVALID_ARGUMENT. */
export function noOpStart(env: VectorEnv, { most }: NoOpStartOptions): VectorWrapper {
  if (!Number.isInteger(most) || most < 1) {
    throw invalidSetting("no-op-start", `most must be a positive integer (got ${most})`);
  }
  return new NoOpStart(env, most);
}

/** Episodes in a row that end within their no-ops; more, and all of them do. */
const MOST_LOST = 1000;

class NoOpStart extends EndKeeper {
  private readonly most: number;
  private readonly idle: readonly number[];
  private readonly random: Uint32Array = new Uint32Array(4);

  constructor(inner: VectorEnv, most: number) {
    super(`no-op-start ${most}`, inner);
    this.most = most;
    this.idle = idleOf(inner.spec);
  }

  override stepRange(from: number, to: number, observe = true): void {
    const { inner } = this;
    this.passActions(from, to);
    inner.stepRange(from, to, observe);
    for (let env = from; env < to; env++) {
      if (this.keep(env, inner.rewards[env])) this.began(env);
    }
  }

  /** Plays the idle actions; an episode that ends meanwhile is over, and the next one begins so too. */
  protected override began(env: number): void {
    for (let lost = 0; lost < MOST_LOST; lost++) if (this.playIdle(env)) return;
    const { id } = this.inner.spec;
    throw invalidSetting(
      "no-op-start",
      `${MOST_LOST} episodes of ${id} in a row ended within 1 to ${this.most} idle actions`,
    );
  }

  /** Plays the idle actions of one episode; false if it ended meanwhile. */
  private playIdle(env: number): boolean {
    const { inner, random, idle } = this;
    this.seedEpisode(env, random);
    for (let left = 1 + nextBelow(random, this.most); left > 0; left--) {
      inner.actions.set(idle, env * actionWidth(inner.spec.actions));
      inner.stepRange(env, env + 1, left === 1);
      if (this.hasEnded(env)) return false;
    }
    return true;
  }
}
