/**
 * adam: Adam over a flat parameter buffer, with clipping to a global norm in the same pass; AdamW.
 *
 * Kingma and Ba 2015 with PyTorch's conventions; the formula is in @carom/tensor's clipAdam.
 * `weightDecay` is the decoupled one (Loshchilov and Hutter 2019), `l2Decay` the one inside the gradient.
 */
import { type AdamHyper, adamHyper, clipAdam, type Tensor } from "@carom/tensor";
import { checkHyper, type Optimizer, OptimizerSlots, type OptimizerState } from "./optimizer.js";
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
export type AdamState = {
  /** Steps taken. */
  step: number;
  /** First moments, [P]. */
  m: Float32Array;
  /** Second moments, [P]. */
  v: Float32Array;
};

/** The optimiser. Its tensors are exempt from scopes; dispose of it by hand. */
export class Adam implements Optimizer {
  /** The parameters that it updates. */
  readonly buffer: ParameterBuffer;
  /** Norm of the latest gradient before clipping, [1]; not finite if that step was skipped. */
  readonly gradNorm: Tensor;
  /** Hyper-parameters as ops read them, [8]. */
  readonly hyper: Tensor;
  readonly #slots: OptimizerSlots;
  readonly #name: string;
  #values: AdamHyper;

  constructor(buffer: ParameterBuffer, options: AdamOptions = {}, name = "Adam") {
    this.buffer = buffer;
    this.#name = name;
    this.#values = checkHyper(name, { ...adamDefaults, ...options }, ["beta1", "beta2"]);
    const sizes = { m: buffer.size, v: buffer.size };
    this.#slots = new OptimizerSlots(name, buffer, sizes, adamHyper(this.#values));
    this.gradNorm = this.#slots.gradNorm;
    this.hyper = this.#slots.hyper;
  }

  /** The present hyper-parameters. */
  get options(): Readonly<AdamHyper> {
    return this.#values;
  }

  /** Changes hyper-parameters from the next step (or replay) on. Not inside `capture`. */
  configure(options: AdamOptions): void {
    this.#values = checkHyper(this.#name, { ...this.#values, ...options }, ["beta1", "beta2"]);
    this.hyper.write(adamHyper(this.#values));
  }

  /** One step along gradients as `valueAndGrad(..., buffer.tensors)` returns them. */
  step(gradients: readonly Tensor[]): void {
    const { averages, step, gradient, hyper, gradNorm } = this.#slots;
    this.#slots.gather(gradients);
    const { m, v } = averages;
    clipAdam({ params: this.buffer.flat, m, v, step, gradient, hyper, gradNorm });
  }

  /** A copy of the state, for saving. Not inside `capture`. */
  state(): AdamState {
    const { step, m, v } = this.#slots.state();
    return { step, m, v } as AdamState;
  }

  /** Puts a saved state back. Not inside `capture`. */
  restore(state: OptimizerState): void {
    this.#slots.restore(state);
  }

  /** Frees the state, not the parameters. Idempotent. */
  dispose(): void {
    this.#slots.dispose();
  }

  /** What `using` calls: dispose. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Adam with decoupled weight decay, by default 0.01, on all parameters (Loshchilov and Hutter 2019). */
export class AdamW extends Adam {
  constructor(buffer: ParameterBuffer, options: AdamOptions = {}) {
    super(buffer, { weightDecay: 0.01, ...options }, "AdamW");
  }
}
