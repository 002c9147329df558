/**
 * adam: Adam over a flat parameter buffer, with clipping to a global norm in the same pass.
 *
 * Kingma and Ba 2015 with PyTorch's conventions; the formula is in @carom/tensor's clipAdam. All state
 * lives on the device, so a recorded training step needs nothing from JavaScript. Learning rate and
 * the other numbers lie in a small tensor that may be rewritten between replays.
 */
import {
  type AdamHyper,
  adamHyper,
  clipAdam,
  full,
  keep,
  type Tensor,
  tensor,
} from "@carom/tensor";
import { NnError } from "./errors.js";
import type { ParameterBuffer } from "./parameter-buffer.js";

/** Options of {@link Adam}: its hyper-parameters, all optional. */
export type AdamOptions = Partial<AdamHyper>;

/** Defaults of {@link Adam}: PyTorch's, without clipping. */
export const adamDefaults: AdamHyper = {
  lr: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  maxGradNorm: 0,
  weightDecay: 0,
};

/** Everything that Adam has learned. */
export interface AdamState {
  /** Steps taken. */
  step: number;
  /** First moments, [P]. */
  m: Float32Array;
  /** Second moments, [P]. */
  v: Float32Array;
}

/** The optimiser. Its tensors are exempt from scopes; dispose of it by hand. */
export class Adam {
  /** The parameters that it updates. */
  readonly buffer: ParameterBuffer;
  /** Norm of the latest gradient before clipping, [1]; not finite if that step was skipped. */
  readonly gradNorm: Tensor;
  /** Hyper-parameters as ops read them, [8]. */
  readonly hyper: Tensor;
  readonly #gradient: Tensor;
  readonly #gradientViews: readonly Tensor[];
  readonly #m: Tensor;
  readonly #v: Tensor;
  readonly #step: Tensor;
  #values: AdamHyper;

  constructor(buffer: ParameterBuffer, options: AdamOptions = {}) {
    const { device } = buffer.flat;
    const flat = () => keep(full([buffer.size], 0, { device }));
    this.buffer = buffer;
    this.#values = checked({ ...adamDefaults, ...options });
    this.#gradient = flat();
    this.#gradientViews = buffer.viewsOf(this.#gradient);
    this.#m = flat();
    this.#v = flat();
    this.#step = keep(full([1], 0, { device, dtype: "int32" }));
    this.gradNorm = keep(full([1], 0, { device }));
    this.hyper = keep(tensor(adamHyper(this.#values), { device }));
  }

  /** The present hyper-parameters. */
  get options(): Readonly<AdamHyper> {
    return this.#values;
  }

  /** Changes hyper-parameters from the next step (or replay) on. Not inside `capture`. */
  configure(options: AdamOptions): void {
    this.#values = checked({ ...this.#values, ...options });
    this.hyper.write(adamHyper(this.#values));
  }

  /** One step along gradients as `valueAndGrad(..., buffer.tensors)` returns them. */
  step(gradients: readonly Tensor[]): void {
    if (gradients.length !== this.#gradientViews.length) {
      throw new NnError(
        "PARAMETER_MISMATCH",
        "Adam.step",
        `needs one gradient per parameter (got ${gradients.length}, expected ` +
          `${this.#gradientViews.length})`,
      );
    }
    for (let i = 0; i < gradients.length; i++) this.#gradientViews[i].copyFrom(gradients[i]);
    clipAdam({
      params: this.buffer.flat,
      m: this.#m,
      v: this.#v,
      step: this.#step,
      gradient: this.#gradient,
      hyper: this.hyper,
      gradNorm: this.gradNorm,
    });
  }

  /** A copy of the state, for saving. Not inside `capture`. */
  state(): AdamState {
    return {
      step: this.#step.item(),
      m: Float32Array.from(this.#m.toTypedArray()),
      v: Float32Array.from(this.#v.toTypedArray()),
    };
  }

  /** Puts a saved state back. Not inside `capture`. */
  restore(state: AdamState): void {
    if (state.m.length !== this.buffer.size || state.v.length !== this.buffer.size) {
      throw new NnError(
        "PARAMETER_MISMATCH",
        "Adam.restore",
        `the state is of another model (got ${state.m.length} and ${state.v.length} moments, ` +
          `expected ${this.buffer.size})`,
      );
    }
    this.#m.write(state.m);
    this.#v.write(state.v);
    this.#step.write(Int32Array.of(state.step));
  }

  /** Frees the state, not the parameters. Idempotent. */
  dispose(): void {
    const flat = [this.#gradient, this.#m, this.#v, this.#step, this.gradNorm, this.hyper];
    for (const x of [...this.#gradientViews, ...flat]) x.dispose();
  }

  /** What `using` calls: dispose. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checked(values: AdamHyper): AdamHyper {
  for (const [name, value] of Object.entries(values)) {
    const limit = name.startsWith("beta") ? 1 : Infinity;
    if (!(value >= 0 && value < limit)) {
      throw new NnError(
        "INVALID_ARGUMENT",
        "Adam",
        `${name} is out of range (got ${value}, expected 0 <= ${name} < ${limit})`,
      );
    }
  }
  return values;
}
