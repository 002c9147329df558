/**
 * rmsprop: RMSProp over a flat parameter buffer, with clipping to a global norm in the same pass. The
 * formula is in @carom/tensor's clipRmsprop; PyTorch's conventions.
 */
import { clipRmsprop, type RmspropHyper, rmspropHyper, type Tensor } from "@carom/tensor";
import { NnError } from "./errors.js";
import { checkHyper, type Optimizer, OptimizerSlots, type OptimizerState } from "./optimizer.js";
import type { ParameterBuffer } from "./parameter-buffer.js";

/** Options of {@link RMSProp}. */
export interface RMSPropOptions extends Partial<RmspropHyper> {
  /** Divide by the variance rather than by the mean square (Graves 2013). Default false; fixed. */
  centered?: boolean;
}

/** Defaults of {@link RMSProp}: PyTorch's, without clipping. */
export const rmspropDefaults: RmspropHyper = {
  lr: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  maxGradNorm: 0,
};

/**
 * The optimiser. There is a velocity if momentum is not 0 at the start. Its tensors are exempt from
 * scopes; dispose of it by hand.
 */
export class RMSProp implements Optimizer {
  /** The parameters that it updates. */
  readonly buffer: ParameterBuffer;
  /** Norm of the latest gradient before clipping, [1]; not finite if that step was skipped. */
  readonly gradNorm: Tensor;
  readonly #slots: OptimizerSlots;
  #values: RmspropHyper;

  constructor(buffer: ParameterBuffer, options: RMSPropOptions = {}) {
    const { centered = false, ...hyper } = options;
    const { size } = buffer;
    this.buffer = buffer;
    this.#values = checkHyper("RMSProp", { ...rmspropDefaults, ...hyper }, ["alpha", "momentum"]);
    const sizes: Record<string, number> = { squares: size };
    if (centered) sizes["means"] = size;
    if (this.#values.momentum > 0) sizes["velocity"] = size;
    this.#slots = new OptimizerSlots("RMSProp", buffer, sizes, rmspropHyper(this.#values), false);
    this.gradNorm = this.#slots.gradNorm;
  }

  /** The present hyper-parameters. */
  get options(): Readonly<RmspropHyper> {
    return this.#values;
  }

  /** Changes hyper-parameters from the next step (or replay) on. Not inside `capture`. */
  configure(options: Partial<RmspropHyper>): void {
    const values = checkHyper("RMSProp", { ...this.#values, ...options }, ["alpha", "momentum"]);
    if (values.momentum > 0 && this.#slots.averages["velocity"] === undefined) {
      throw new NnError(
        "INVALID_ARGUMENT",
        "RMSProp.configure",
        `momentum was 0 at the start and must stay so (got ${values.momentum})`,
      );
    }
    this.#values = values;
    this.#slots.hyper.write(rmspropHyper(values));
  }

  /** One step along gradients as `valueAndGrad(..., buffer.tensors)` returns them. */
  step(gradients: readonly Tensor[]): void {
    const { averages, gradient, hyper, gradNorm } = this.#slots;
    this.#slots.gather(gradients);
    const { squares, means, velocity } = averages;
    const params = this.buffer.flat;
    clipRmsprop({ params, squares, means, velocity, gradient, hyper, gradNorm });
  }

  /** A copy of the averages, for saving. Not inside `capture`. */
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
