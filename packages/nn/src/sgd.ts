/**
 * sgd: stochastic gradient descent with momentum over a flat parameter buffer, with clipping to a
 * global norm in the same pass. The formula is in @carom/tensor's clipSgd; PyTorch's conventions.
 */
import { clipSgd, type SgdHyper, sgdHyper, type Tensor } from "@carom/tensor";
import { NnError } from "./errors.js";
import { checkHyper, type Optimizer, OptimizerSlots, type OptimizerState } from "./optimizer.js";
import type { ParameterBuffer } from "./parameter-buffer.js";

/** Options of {@link SGD}. */
export interface SGDOptions extends Partial<SgdHyper> {
  /** Look ahead along the velocity (Nesterov); needs momentum. Default false; fixed. */
  nesterov?: boolean;
}

/** Defaults of {@link SGD}: PyTorch's, without clipping. */
export const sgdDefaults: SgdHyper = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  maxGradNorm: 0,
};

/**
 * The optimiser. There is a velocity if momentum is not 0 at the start. Its tensors are exempt from
 * scopes; dispose of it by hand.
 */
export class SGD implements Optimizer {
  /** The parameters that it updates. */
  readonly buffer: ParameterBuffer;
  /** Norm of the latest gradient before clipping, [1]; not finite if that step was skipped. */
  readonly gradNorm: Tensor;
  /** Whether it looks ahead along the velocity. */
  readonly nesterov: boolean;
  readonly #slots: OptimizerSlots;
  #values: SgdHyper;

  constructor(buffer: ParameterBuffer, options: SGDOptions = {}) {
    const { nesterov = false, ...hyper } = options;
    this.buffer = buffer;
    this.nesterov = nesterov;
    this.#values = checkHyper("SGD", { ...sgdDefaults, ...hyper }, ["momentum", "dampening"]);
    const { momentum } = this.#values;
    if (nesterov && momentum === 0) {
      throw new NnError("INVALID_ARGUMENT", "SGD", "nesterov needs momentum (got 0, expected > 0)");
    }
    const sizes: Record<string, number> = momentum > 0 ? { velocity: buffer.size } : {};
    this.#slots = new OptimizerSlots("SGD", buffer, sizes, sgdHyper(this.#values));
    this.gradNorm = this.#slots.gradNorm;
  }

  /** The present hyper-parameters. */
  get options(): Readonly<SgdHyper> {
    return this.#values;
  }

  /** Changes hyper-parameters from the next step (or replay) on. Not inside `capture`. */
  configure(options: Partial<SgdHyper>): void {
    const values = checkHyper("SGD", { ...this.#values, ...options }, ["momentum", "dampening"]);
    if (values.momentum > 0 && this.#slots.averages["velocity"] === undefined) {
      throw new NnError(
        "INVALID_ARGUMENT",
        "SGD.configure",
        `momentum was 0 at the start and must stay so (got ${values.momentum})`,
      );
    }
    this.#values = values;
    this.#slots.hyper.write(sgdHyper(values));
  }

  /** One step along gradients as `valueAndGrad(..., buffer.tensors)` returns them. */
  step(gradients: readonly Tensor[]): void {
    const { averages, step, gradient, hyper, gradNorm } = this.#slots;
    this.#slots.gather(gradients);
    const velocity = averages["velocity"];
    const params = this.buffer.flat;
    clipSgd({ params, velocity, step, gradient, hyper, gradNorm }, { nesterov: this.nesterov });
  }

  /** A copy of the state, for saving: `step` and, with momentum, `velocity`. Not inside `capture`. */
  state(): OptimizerState {
    return this.#slots.state();
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
