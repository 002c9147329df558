/**
 * Observations with mean 0 and variance 1, entry by entry: (x - mean) / sqrt(variance + epsilon),
 * clipped. The statistics run over everything seen in training, all envs and episodes together; they
 * are saved with the env, and an evaluation uses them frozen.
 */

import { observationRows } from "../local-env.js";
import type { TypedArray } from "../state.js";
import type { ObservationArray, VectorEnv } from "../vector-env.js";
import { RunningMoments } from "./running-moments.js";
import { invalidSetting, VectorWrapper } from "./wrapper.js";

/** How observations are normalised. */
export interface NormalizeObservationsOptions {
  /** Bound of what comes out (default 10). */
  readonly clip?: number;
  /** Added to the variance (default 1e-8). */
  readonly epsilon?: number;
  /** Whether the statistics stay as they are (default false): for evaluation. */
  readonly frozen?: boolean;
}

/** Standardises observations by running statistics. Throws EnvError INVALID_ARGUMENT. */
export function normalizeObservations(
  env: VectorEnv,
  options: NormalizeObservationsOptions = {},
): VectorWrapper {
  const { clip = 10, epsilon = 1e-8, frozen = false } = options;
  const name = "normalize-observations";
  if (!(clip > 0)) throw invalidSetting(name, `clip must be above 0 (got ${clip})`);
  if (!(epsilon > 0)) throw invalidSetting(name, `epsilon must be above 0 (got ${epsilon})`);
  return new NormalizeObservations(env, clip, epsilon, frozen);
}

class NormalizeObservations extends VectorWrapper {
  private readonly clip: number;
  private readonly epsilon: number;
  private readonly frozen: boolean;
  private readonly moments: RunningMoments;
  private readonly factors: Float64Array; // 1 / sqrt(variance + epsilon)

  constructor(inner: VectorEnv, clip: number, epsilon: number, frozen: boolean) {
    const {
      dtype: _bytes,
      whole: _whole,
      low: _low,
      high: _high,
      scale: _scale,
      ...rest
    } = inner.spec.observation;
    const { size } = rest;
    const bounds = (value: number): number[] => new Array<number>(size).fill(value);
    const observation = { ...rest, low: bounds(-clip), high: bounds(clip) };
    super(`normalize-observations ${clip} ${epsilon}`, inner, {
      spec: { ...inner.spec, observation },
      observations: observationRows(observation, inner.count),
      finalObservations: observationRows(observation, inner.count),
    });
    this.clip = clip;
    this.epsilon = epsilon;
    this.frozen = frozen;
    this.moments = new RunningMoments(size);
    this.factors = new Float64Array(size);
  }

  override reset(): void {
    super.reset();
    this.show(0, this.count);
  }

  override stepRange(from: number, to: number): void {
    const { inner } = this;
    inner.stepRange(from, to, true);
    this.show(from, to);
    for (let env = from; env < to; env++) if (this.hasEnded(env)) this.showFinal(env);
  }

  override cut(env: number): void {
    this.inner.cut(env);
    this.show(env, env + 1);
    this.showFinal(env);
  }

  override restart(env: number, episode: number): void {
    this.inner.restart(env, episode);
    this.show(env, env + 1);
  }

  protected override statistics(): Record<string, TypedArray> {
    return this.moments.state();
  }

  protected override ownState(): Record<string, TypedArray> {
    return this.moments.state();
  }

  /** Learns from the envs' new observations, then normalises them. */
  private show(from: number, to: number): void {
    const { moments, factors, epsilon, inner } = this;
    if (!this.frozen) moments.add(inner.observations, from, to - from);
    for (let i = 0; i < factors.length; i++) {
      factors[i] = 1 / Math.sqrt(moments.variance(i) + epsilon);
    }
    for (let env = from; env < to; env++) this.write(inner.observations, this.observations, env);
  }

  private showFinal(env: number): void {
    this.write(this.inner.finalObservations, this.finalObservations, env);
  }

  private write(raw: ObservationArray, out: ObservationArray, env: number): void {
    const { clip, factors, moments } = this;
    const size = factors.length;
    for (let i = 0; i < size; i++) {
      const value = (raw[env * size + i] - moments.mean[i]) * factors[i];
      out[env * size + i] = Math.max(-clip, Math.min(clip, value));
    }
  }
}
