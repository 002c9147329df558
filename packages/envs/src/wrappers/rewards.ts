/**
 * Rewards as the learner should see them: clipped to a bound, or scaled. Returns of episodes stay raw.
 */
import type { VectorEnv } from "../vector-env.js";
import { invalidSetting, VectorWrapper } from "./wrapper.js";

/** Bound of the reward. */
export interface ClipRewardsOptions {
  /** Rewards are moved into [-bound, bound]; above 0. */
  readonly bound: number;
}

/** Factor of the reward. */
export interface ScaleRewardsOptions {
  /** What rewards are multiplied with; finite. */
  readonly factor: number;
}

/** Moves rewards into [-bound, bound]. Throws EnvError INVALID_ARGUMENT. */
export function clipRewards(env: VectorEnv, { bound }: ClipRewardsOptions): VectorWrapper {
  if (!(bound > 0)) throw invalidSetting("clip-rewards", `bound must be above 0 (got ${bound})`);
  const change = (reward: number): number => Math.max(-bound, Math.min(bound, reward));
  return new RewardChange(`clip-rewards ${bound}`, env, change);
}

/** Multiplies rewards with a factor. Throws EnvError INVALID_ARGUMENT. */
export function scaleRewards(env: VectorEnv, { factor }: ScaleRewardsOptions): VectorWrapper {
  if (!Number.isFinite(factor)) {
    throw invalidSetting("scale-rewards", `factor must be a finite number (got ${factor})`);
  }
  return new RewardChange(`scale-rewards ${factor}`, env, (reward) => reward * factor);
}

class RewardChange extends VectorWrapper {
  private readonly change: (reward: number) => number;

  constructor(label: string, inner: VectorEnv, change: (reward: number) => number) {
    super(label, inner, { rewards: new Float32Array(inner.count) });
    this.change = change;
  }

  override stepRange(from: number, to: number, observe = true): void {
    const { inner, rewards } = this;
    inner.stepRange(from, to, observe);
    for (let env = from; env < to; env++) rewards[env] = this.change(inner.rewards[env]);
  }
}
