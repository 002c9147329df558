/**
 * Rewards divided by the standard deviation of the running discounted return,
 * R_t = gamma R_{t-1} + r_t (Engstrom et al. 2020, "Implementation matters in deep policy gradients",
 * section 3), clipped. The mean is left in, so that a reward keeps its sign. Statistics run over
 * everything seen in training and are saved with the env; returns of episodes stay raw.
 */
import type { TypedArray } from "../state.js";
import type { VectorEnv } from "../vector-env.js";
import { RunningMoments } from "./running-moments.js";
import { invalidSetting, VectorWrapper } from "./wrapper.js";

/** How rewards are normalised. */
export interface NormalizeReturnsOptions {
  /** Discount of the running return, 0 to 1 (default 0.99). */
  readonly gamma?: number;
  /** Bound of what comes out (default 10). */
  readonly clip?: number;
  /** Added to the variance (default 1e-8). */
  readonly epsilon?: number;
  /** Whether the statistics stay as they are (default false). */
  readonly frozen?: boolean;
}

/** Scales rewards by the spread of the return. Throws EnvError INVALID_ARGUMENT. */
export function normalizeReturns(
  env: VectorEnv,
  options: NormalizeReturnsOptions = {},
): VectorWrapper {
  const { gamma = 0.99, clip = 10, epsilon = 1e-8, frozen = false } = options;
  const name = "normalize-returns";
  if (!(gamma >= 0 && gamma <= 1))
    throw invalidSetting(name, `gamma must be 0 to 1 (got ${gamma})`);
  if (!(clip > 0)) throw invalidSetting(name, `clip must be above 0 (got ${clip})`);
  if (!(epsilon > 0)) throw invalidSetting(name, `epsilon must be above 0 (got ${epsilon})`);
  return new NormalizeReturns(env, { gamma, clip, epsilon, frozen });
}

class NormalizeReturns extends VectorWrapper {
  private readonly options: Required<NormalizeReturnsOptions>;
  private readonly moments: RunningMoments = new RunningMoments(1);
  private readonly running: Float64Array; // discounted return of each env

  constructor(inner: VectorEnv, options: Required<NormalizeReturnsOptions>) {
    const { gamma, clip, epsilon } = options;
    super(`normalize-returns ${gamma} ${clip} ${epsilon}`, inner, {
      rewards: new Float32Array(inner.count),
    });
    this.options = options;
    this.running = new Float64Array(inner.count);
  }

  override stepRange(from: number, to: number, observe = true): void {
    const { inner, running, moments, rewards } = this;
    const { gamma, clip, epsilon, frozen } = this.options;
    inner.stepRange(from, to, observe);
    for (let env = from; env < to; env++) running[env] = gamma * running[env] + inner.rewards[env];
    if (!frozen) moments.add(running, from, to - from);
    const factor = 1 / Math.sqrt(moments.variance(0) + epsilon);
    for (let env = from; env < to; env++) {
      rewards[env] = Math.max(-clip, Math.min(clip, inner.rewards[env] * factor));
      if (this.hasEnded(env)) running[env] = 0;
    }
  }

  protected override began(env: number): void {
    this.running[env] = 0;
  }

  protected override statistics(): Record<string, TypedArray> {
    return this.moments.state();
  }

  protected override ownState(): Record<string, TypedArray> {
    return { ...this.moments.state(), running: this.running };
  }
}
