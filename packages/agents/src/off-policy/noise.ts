/**
 * Standard normal noise for exploration whose direction may last:
 *
 *   e_t = rho e_{t-1} + sqrt(1 - rho^2) xi_t,   xi_t ~ N(0, 1)
 *
 * rho 0 is white noise. Whatever rho is, each e_t alone is N(0, 1) once the start is forgotten: only the
 * time for which it pushes to the same side grows, about 1 / (1 - rho) steps (Eberhard et al. 2023, "Pink
 * noise is all you need", show what that is worth). A scaled one is the Ornstein-Uhlenbeck process of
 * Lillicrap et al. 2015, whose theta 0.15 is rho 0.85.
 */
import {
  type Device,
  keep,
  RandomState,
  type RandomWords,
  type Tensor,
  zeros,
} from "@carom/tensor";

/** What decides the noise to come. */
export interface NoiseState {
  readonly random: RandomWords;
  /** e of every game, `[N, A]` flattened. */
  readonly last: Float32Array;
}

/** Noise `[N, A]`. Its tensors are exempt from scopes. */
export class Noise {
  private readonly random: RandomState;
  private readonly last: Tensor; // [N, A]
  private readonly correlation: number;

  /** @param words key of the noise @param shape `[N, A]` @param correlation rho, from 0 to below 1 */
  constructor(
    words: readonly [number, number],
    shape: readonly number[],
    correlation: number,
    device: Device,
  ) {
    this.random = new RandomState(words, { device });
    this.last = keep(zeros(shape, { device }));
    this.correlation = correlation;
  }

  /** The next noise, a tensor of its own. May be recorded. */
  next(): Tensor {
    const { random, last, correlation: rho } = this;
    const fresh = random.normal(last.shape); // [N, A]
    if (rho === 0) return fresh;
    const noise = last.mul(rho).add(fresh.mul(Math.sqrt(1 - rho * rho)));
    last.copyFrom(noise);
    return noise;
  }

  /** A copy of the state, for saving. */
  save(): NoiseState {
    return { random: this.random.toWords(), last: Float32Array.from(this.last.toTypedArray()) };
  }

  /** Goes on from a saved state. */
  restore(state: NoiseState): void {
    this.random.restore(state.random);
    this.last.write(state.last);
  }

  /** Frees the tensors. Idempotent. */
  dispose(): void {
    this.random.dispose();
    this.last.dispose();
  }
}
