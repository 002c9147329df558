/**
 * Frame skip: one action is played for several steps and their rewards add up. With `max`, what is
 * seen is the entrywise maximum of the last two observations, as is usual for Atari games, whose
 * sprites flicker (Mnih et al. 2015, methods). An episode that ends in between ends there; its last
 * observation then stands alone.
 */
import type { VectorEnv } from "../vector-env.js";
import { invalidSetting, sameRows, VectorWrapper } from "./wrapper.js";

/** How many steps, and what is seen of them. */
export interface FrameSkipOptions {
  /** Steps of the env inside for one step, at least 1. */
  readonly frames: number;
  /** Whether the maximum of the last two observations is shown (default: the last alone). */
  readonly max?: boolean;
}

/** Plays each action for `frames` steps. Throws EnvError INVALID_ARGUMENT. */
export function frameSkip(env: VectorEnv, options: FrameSkipOptions): VectorWrapper {
  const { frames, max = false } = options;
  if (!Number.isInteger(frames) || frames < 1) {
    throw invalidSetting("frame-skip", `frames must be a positive integer (got ${frames})`);
  }
  return new FrameSkip(env, frames, max && frames > 1);
}

class FrameSkip extends VectorWrapper {
  private readonly frames: number;
  private readonly max: boolean;

  constructor(inner: VectorEnv, frames: number, max: boolean) {
    super(`frame-skip ${frames}${max ? " max" : ""}`, inner, {
      rewards: new Float32Array(inner.count),
      maxSteps: Math.ceil(inner.maxSteps / frames),
      ...(max && { observations: sameRows(inner.observations) }),
    });
    this.frames = frames;
    this.max = max;
  }

  override stepRange(from: number, to: number, observe = true): void {
    for (let env = from; env < to; env++) this.stepEnv(env, observe);
  }

  /** The row of a new episode's first observation. */
  protected override began(env: number): void {
    if (this.max) this.show(env, false);
  }

  private stepEnv(env: number, observe: boolean): void {
    const { inner, frames, max } = this;
    let reward = 0;
    for (let frame = 1; frame <= frames; frame++) {
      const isShown = observe && (frame === frames || (max && frame === frames - 1));
      inner.stepRange(env, env + 1, isShown);
      reward += inner.rewards[env];
      if (this.hasEnded(env)) {
        this.began(env);
        break;
      }
      if (isShown && max) this.show(env, frame === frames);
    }
    this.rewards[env] = reward;
  }

  /** Takes over the row inside, or what it has above the one that is there. */
  private show(env: number, isRaised: boolean): void {
    const { observations, inner } = this;
    const { size } = inner.spec.observation;
    const [from, to] = [env * size, (env + 1) * size];
    if (!isRaised) {
      observations.set(inner.observations.subarray(from, to), from);
      return;
    }
    for (let i = from; i < to; i++) {
      if (inner.observations[i] > observations[i]) observations[i] = inner.observations[i];
    }
  }
}
