/**
 * clipAdam: one step of Adam (Kingma and Ba 2015) over flat buffers, after clipping the gradient to
 * a global norm; one pass over the memory.
 *
 *   g = gradient * min(1, maxGradNorm / (norm + 1e-6))
 *   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,  t = step + 1
 *   params = params (1 - lr weightDecay) - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
 *
 * In place; no gradient. A norm that is not finite skips the step: only gradNorm is written then.
 */
import { noParams } from "../op-params.js";
import type { Tensor } from "../tensor.js";
import {
  checkDense,
  checkDtype,
  checkFloat,
  checkRank,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  checkWritable,
} from "./dispatch.js";

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
  const { lr, beta1, beta2, eps, maxGradNorm, weightDecay } = hyper;
  return Float32Array.of(lr, beta1, beta2, eps, maxGradNorm, weightDecay, 0, 0);
}

/** Updates params, m, v, step and gradNorm. */
export function clipAdam(state: ClipAdamState): void {
  const { params, m, v, step, gradient, hyper, gradNorm } = state;
  for (const [name, x] of Object.entries(state)) {
    checkWritable("clipAdam", x);
    checkDense("clipAdam", x, name);
    checkSameDevice("clipAdam", params, x);
    if (name === "step") checkDtype("clipAdam", x, "int32", name);
    else checkSameDtype("clipAdam", params, x);
  }
  checkFloat("clipAdam", params, "params");
  checkRank("clipAdam", params, 1, "params");
  checkShapeIs("clipAdam", m, params.shape, "m");
  checkShapeIs("clipAdam", v, params.shape, "v");
  checkShapeIs("clipAdam", gradient, params.shape, "gradient");
  checkShapeIs("clipAdam", hyper, [8], "hyper");
  checkShapeIs("clipAdam", step, [1], "step");
  checkShapeIs("clipAdam", gradNorm, [1], "gradNorm");
  const outputs = [params, m, v, step, gradNorm];
  params.device.backend.run("clipAdam", [gradient, hyper], outputs, noParams);
  for (const x of outputs) x.storage.version++;
}
