/** Cuts episodes after a number of steps of the env inside; a cut episode is truncated. */
import type { TypedArray } from "../state.js";
import type { VectorEnv } from "../vector-env.js";
import { invalidSetting, VectorWrapper } from "./wrapper.js";

/** How long an episode may be. */
export interface TimeLimitOptions {
  /** Steps, at least 1. */
  readonly steps: number;
}

/** Cuts every episode after `steps` steps. Throws EnvError INVALID_ARGUMENT. */
export function timeLimit(env: VectorEnv, { steps }: TimeLimitOptions): VectorWrapper {
  if (!Number.isInteger(steps) || steps < 1) {
    throw invalidSetting("time-limit", `steps must be a positive integer (got ${steps})`);
  }
  return new TimeLimit(env, steps);
}

class TimeLimit extends VectorWrapper {
  private readonly limit: number;
  private readonly ages: Int32Array;

  constructor(inner: VectorEnv, limit: number) {
    super(`time-limit ${limit}`, inner, { maxSteps: Math.min(limit, inner.maxSteps) });
    this.limit = limit;
    this.ages = new Int32Array(inner.count);
  }

  override stepRange(from: number, to: number, observe = true): void {
    const { inner, ages } = this;
    inner.stepRange(from, to, observe);
    for (let env = from; env < to; env++) {
      ages[env] += 1;
      const ended = this.hasEnded(env);
      if (!ended && ages[env] >= this.limit) inner.cut(env);
      if (ended || ages[env] >= this.limit) ages[env] = 0;
    }
  }

  protected override began(env: number): void {
    this.ages[env] = 0;
  }

  protected override ownState(): Record<string, TypedArray> {
    return { ages: this.ages };
  }
}
