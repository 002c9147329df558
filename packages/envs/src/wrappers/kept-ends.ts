/**
 * For wrappers that take further steps of the env inside within one of their own (no-ops at the
 * start, an opponent's moves): arrays that keep what the step of the learner left and what it gave,
 * since those further steps write over the inner ones.
 */
import type { VectorEnv } from "../vector-env.js";
import { type Replaced, sameRows, VectorWrapper } from "./wrapper.js";

/** A wrapper with its own actions, rewards, ends and final observations. */
export class EndKeeper extends VectorWrapper {
  constructor(label: string, inner: VectorEnv, replaced: Replaced = {}) {
    super(label, inner, {
      ...replaced,
      actions: sameRows(inner.actions),
      rewards: new Float32Array(inner.count),
      terminated: new Uint8Array(inner.count),
      truncated: new Uint8Array(inner.count),
      finalObservations: sameRows(inner.finalObservations),
      episodeReturn: new Float64Array(inner.count),
      episodeLength: new Int32Array(inner.count),
    });
  }

  /** Takes over what the last inner step of `env` left; true if it ended the episode. */
  protected keep(env: number, reward: number): boolean {
    const { inner } = this;
    this.rewards[env] = reward;
    this.terminated[env] = inner.terminated[env];
    this.truncated[env] = inner.truncated[env];
    if (!this.hasEnded(env)) return false;
    const { size } = this.spec.observation;
    const row = inner.finalObservations.subarray(env * size, (env + 1) * size);
    this.finalObservations.set(row, env * size);
    this.episodeReturn[env] = this.returnOf(env);
    this.episodeLength[env] = inner.episodeLength[env];
    return true;
  }

  /** The return of the episode that has just ended. */
  protected returnOf(env: number): number {
    return this.inner.episodeReturn[env];
  }

  override cut(env: number): void {
    this.inner.cut(env);
    this.keep(env, this.rewards[env]);
    this.began(env);
  }
}
