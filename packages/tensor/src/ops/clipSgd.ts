/**
 * clipSgd: one step of stochastic gradient descent with momentum over flat buffers, after clipping
 * the gradient to a global norm; one pass over the memory. Sutskever et al. 2013 in PyTorch's form.
 *
 *   g = gradient * min(1, maxGradNorm / (norm + 1e-6)) + weightDecay params
 *   velocity = g at the first step, then momentum velocity + (1 - dampening) g
 *   params = params - lr (nesterov ? g + momentum velocity : velocity),  step = step + 1
 *
 * In place; no gradient. A norm that is not finite skips the step: only gradNorm is written then.
 */
import { TensorError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { checkFlatState } from "./flat-state.js";

/** Hyper-parameters of {@link clipSgd}. */
export interface SgdHyper {
  /** Learning rate. */
  lr: number;
  /** What is kept of the velocity, per step; read only if there is a velocity. */
  momentum: number;
  /** What is left out of the gradient on its way into the velocity; 0 in most uses. */
  dampening: number;
  /** Times the parameters, added to the gradient. */
  weightDecay: number;
  /** Largest global norm of the gradient; 0 turns clipping off. */
  maxGradNorm: number;
}

/** State and operands of {@link clipSgd}; all dense. */
export interface ClipSgdState {
  /** [P] */
  params: Tensor;
  /** Average of the gradients, [P], 0 at the start; leave it out for descent without momentum. */
  velocity?: Tensor | undefined;
  /** Steps taken, int32 [1]. */
  step: Tensor;
  /** [P] */
  gradient: Tensor;
  /** [8], see {@link sgdHyper}; a tensor, so that a recording can be given new ones. */
  hyper: Tensor;
  /** Receives the norm before clipping, [1]. */
  gradNorm: Tensor;
}

/** Options of {@link clipSgd}. */
export interface ClipSgdOptions {
  /** Look ahead along the velocity (Nesterov); needs one. Default false. */
  nesterov?: boolean;
}

/** The contents of a `hyper` tensor of {@link clipSgd}. */
export function sgdHyper(hyper: SgdHyper): Float32Array {
  const { lr, momentum, dampening, weightDecay, maxGradNorm } = hyper;
  return Float32Array.of(lr, momentum, dampening, weightDecay, maxGradNorm, 0, 0, 0);
}

/** Updates params, velocity, step and gradNorm. */
export function clipSgd(state: ClipSgdState, options: ClipSgdOptions = {}): void {
  const { params, velocity, step, gradient, hyper, gradNorm } = state;
  const { nesterov = false } = options;
  if (nesterov && velocity === undefined) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "clipSgd",
      "nesterov needs a velocity (got none, expected one of the shape of params)",
    );
  }
  checkFlatState("clipSgd", { params, velocity, gradient }, { hyper: 8, gradNorm: 1 }, state);
  const outputs = [params, step, gradNorm];
  if (velocity !== undefined) outputs.push(velocity);
  params.device.backend.run("clipSgd", [gradient, hyper], outputs, { nesterov: nesterov ? 1 : 0 });
  for (const x of outputs) x.storage.version++;
}
