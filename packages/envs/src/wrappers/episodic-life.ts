/**
 * Episodic life (Mnih et al. 2015, methods): for the learner a lost life ends the episode, so that it
 * is worth avoiding, while the game goes on from where it is. Records, `episodeReturn` and
 * `episodeLength` are of whole games and new only where one has ended, so scores stay comparable; do
 * not use it to evaluate.
 */

import type { TypedArray } from "../state.js";
import type { VectorEnv } from "../vector-env.js";
import { invalidSetting, sameRows, VectorWrapper } from "./wrapper.js";

/** Marks a lost life as the end. Throws EnvError INVALID_ARGUMENT for a game without lives. */
export function episodicLife(env: VectorEnv): VectorWrapper {
  return new EpisodicLife(env);
}

class EpisodicLife extends VectorWrapper {
  private readonly left: Int32Array;

  constructor(inner: VectorEnv) {
    if (inner.lives(0) === undefined) {
      throw invalidSetting("episodic-life", `${inner.spec.id} has no lives`);
    }
    super("episodic-life", inner, {
      terminated: new Uint8Array(inner.count),
      finalObservations: sameRows(inner.finalObservations),
    });
    this.left = new Int32Array(inner.count);
  }

  override stepRange(from: number, to: number): void {
    const { inner, left, terminated } = this;
    inner.stepRange(from, to, true);
    for (let env = from; env < to; env++) {
      terminated[env] = inner.terminated[env];
      const lives = inner.lives(env) ?? 0;
      if (this.hasEnded(env)) {
        this.keep(env, inner.finalObservations);
      } else if (lives < left[env]) {
        terminated[env] = 1;
        this.keep(env, inner.observations);
      }
      left[env] = lives;
    }
  }

  override cut(env: number): void {
    this.inner.cut(env);
    this.terminated[env] = this.inner.terminated[env];
    this.keep(env, this.inner.finalObservations);
    this.began(env);
  }

  protected override began(env: number): void {
    this.left[env] = this.inner.lives(env) ?? 0;
  }

  protected override ownState(): Record<string, TypedArray> {
    return { left: this.left };
  }

  private keep(env: number, from: VectorEnv["observations"]): void {
    const { size } = this.spec.observation;
    this.finalObservations.set(from.subarray(env * size, (env + 1) * size), env * size);
  }
}
