/**
 * clipRmsprop: one step of RMSProp (Tieleman and Hinton 2012) over flat buffers, after clipping the
 * gradient to a global norm; one pass over the memory. PyTorch's form; centered as in Graves 2013.
 *
 *   g = gradient * min(1, maxGradNorm / (norm + 1e-6)) + weightDecay params
 *   squares = alpha squares + (1 - alpha) g^2,  means = alpha means + (1 - alpha) g
 *   velocity = momentum velocity + g / (sqrt(squares - means^2) + eps)
 *   params = params - lr velocity
 *
 * Without `means` the root is of squares alone; without `velocity` there is no momentum. What is
 * under the root counts as 0 where rounding makes it negative. In place; no gradient. A norm that is
 * not finite skips the step: only gradNorm is written then.
 */
import type { Tensor } from "../tensor.js";
import { checkFlatState } from "./flat-state.js";

/** Hyper-parameters of {@link clipRmsprop}. */
export interface RmspropHyper {
  /** Learning rate. */
  lr: number;
  /** Decay of the averages, per step. */
  alpha: number;
  /** Added to the root. */
  eps: number;
  /** Times the parameters, added to the gradient. */
  weightDecay: number;
  /** What is kept of the velocity, per step; read only if there is a velocity. */
  momentum: number;
  /** Largest global norm of the gradient; 0 turns clipping off. */
  maxGradNorm: number;
}

/** State and operands of {@link clipRmsprop}; all dense, all averages 0 at the start. */
export interface ClipRmspropState {
  /** [P] */
  params: Tensor;
  /** Average of the squared gradients, [P]. */
  squares: Tensor;
  /** Average of the gradients, [P]; there for the centered form only. */
  means?: Tensor | undefined;
  /** [P]; there with momentum only. */
  velocity?: Tensor | undefined;
  /** [P] */
  gradient: Tensor;
  /** [8], see {@link rmspropHyper}; a tensor, so that a recording can be given new ones. */
  hyper: Tensor;
  /** Receives the norm before clipping, [1]. */
  gradNorm: Tensor;
}

/** The contents of a `hyper` tensor of {@link clipRmsprop}. */
export function rmspropHyper(hyper: RmspropHyper): Float32Array {
  const { lr, alpha, eps, weightDecay, momentum, maxGradNorm } = hyper;
  return Float32Array.of(lr, alpha, eps, weightDecay, momentum, maxGradNorm, 0, 0);
}

/** Updates params, squares, means, velocity and gradNorm. */
export function clipRmsprop(state: ClipRmspropState): void {
  const { params, squares, means, velocity, gradient, hyper, gradNorm } = state;
  const flat = { params, squares, means, velocity, gradient };
  checkFlatState("clipRmsprop", flat, { hyper: 8, gradNorm: 1 }, state);
  const outputs = [params, squares, gradNorm];
  if (means !== undefined) outputs.push(means);
  if (velocity !== undefined) outputs.push(velocity);
  params.device.backend.run("clipRmsprop", [gradient, hyper], outputs, {
    centered: means === undefined ? 0 : 1,
    momentum: velocity === undefined ? 0 : 1,
  });
  for (const x of outputs) x.storage.version++;
}
