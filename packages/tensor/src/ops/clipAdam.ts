/**
 * clipAdam: one step of Adam (Kingma and Ba 2015) over flat buffers, after clipping the gradient to
 * a global norm; one pass over the memory.
 *
 *   g = gradient * min(1, maxGradNorm / (norm + 1e-6)) + l2Decay params
 *   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,  t = step + 1
 *   params = params (1 - lr weightDecay) - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
 *
 * In place; no gradient. A norm that is not finite skips the step: only gradNorm is written then.
 */
import { noParams } from "../op-params.js";
import type { Tensor } from "../tensor.js";
import { checkFlatState } from "./flat-state.js";

/** Hyper-parameters of {@link clipAdam}. */
export interface AdamHyper {
  /** Learning rate. */
  lr: number;
  /** Decay of the first moment, per step. */
  beta1: number;
  /** Decay of the second moment, per step. */
  beta2: number;
  /** Added to the square root of the second moment. */
  eps: number;
  /** Largest global norm of the gradient; 0 turns clipping off. */
  maxGradNorm: number;
  /** Decoupled weight decay, per step and unit of lr. */
  weightDecay: number;
  /** Times the parameters, added to the gradient (the other weight decay). Default 0. */
  l2Decay?: number;
}

/** State and operands of {@link clipAdam}; all dense. */
export interface ClipAdamState {
  /** [P] */
  params: Tensor;
  /** First moment, [P]. */
  m: Tensor;
  /** Second moment, [P]. */
  v: Tensor;
  /** Steps taken, int32 [1]. */
  step: Tensor;
  /** [P] */
  gradient: Tensor;
  /** [8], see {@link adamHyper}; a tensor, so that a recording can be given new ones. */
  hyper: Tensor;
  /** Receives the norm before clipping, [1]. */
  gradNorm: Tensor;
}

/** The contents of a `hyper` tensor. */
export function adamHyper(hyper: AdamHyper): Float32Array {
  const { lr, beta1, beta2, eps, maxGradNorm, weightDecay, l2Decay = 0 } = hyper;
  return Float32Array.of(lr, beta1, beta2, eps, maxGradNorm, weightDecay, l2Decay, 0);
}

/** Updates params, m, v, step and gradNorm. */
export function clipAdam(state: ClipAdamState): void {
  const { params, m, v, step, gradient, hyper, gradNorm } = state;
  checkFlatState("clipAdam", { params, m, v, gradient }, { hyper: 8, gradNorm: 1 }, state);
  const outputs = [params, m, v, step, gradNorm];
  params.device.backend.run("clipAdam", [gradient, hyper], outputs, noParams);
  for (const x of outputs) x.storage.version++;
}
