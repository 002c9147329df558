/**
 * The optimiser steps against PyTorch.
 *
 * HINT: if a step was added or changed on purpose, add or change its line in goldens/optimisers.py and
 * run `python goldens/generate.py optimisers` (needs torch); the file notes the version that made it.
 */
import * as T from "../src/index.js";
import { type Run, testGoldens } from "./support/goldens.js";

/** Runs `step` along each row of gradients; the results are `state` and the norms. */
function alongEach(
  gradients: T.Tensor,
  state: readonly T.Tensor[],
  step: (gradient: T.Tensor, gradNorm: T.Tensor) => void,
): T.Tensor[] {
  const norms = Array.from({ length: gradients.shape[0] }, (_, i) => {
    const gradNorm = T.zeros([1], { device: gradients.device });
    step(gradients.slice(i), gradNorm);
    return gradNorm;
  });
  return [...state, T.concat(norms)];
}

const plainSgd: T.SgdHyper = {
  lr: 0.1,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  maxGradNorm: 0,
};

function sgd(options: Partial<T.SgdHyper>, nesterov = false): Run {
  return (params, gradients) => {
    const { device } = params;
    const hyper = T.tensor(T.sgdHyper({ ...plainSgd, ...options }), { device });
    const step = T.zeros([1], { device, dtype: "int32" });
    const velocity = options.momentum === undefined ? [] : [T.zeros(params.shape, { device })];
    return alongEach(gradients, [params, ...velocity], (gradient, gradNorm) => {
      const state = { params, velocity: velocity[0], step, gradient, hyper, gradNorm };
      T.clipSgd(state, { nesterov });
    });
  };
}

function rmsprop(
  options: { alpha: number; eps: number } & Partial<T.RmspropHyper>,
  centered = false,
): Run {
  return (params, gradients) => {
    const { device } = params;
    const zeros = () => T.zeros(params.shape, { device });
    const defaults = { lr: 0.01, weightDecay: 0, momentum: 0, maxGradNorm: 0 };
    const hyper = T.tensor(T.rmspropHyper({ ...defaults, ...options }), { device });
    const squares = zeros();
    const means = centered ? zeros() : undefined;
    const velocity = options.momentum === undefined ? undefined : zeros();
    const averages = [squares, means, velocity].filter((x) => x !== undefined);
    return alongEach(gradients, [params, ...averages], (gradient, gradNorm) => {
      T.clipRmsprop({ params, squares, means, velocity, gradient, hyper, gradNorm });
    });
  };
}

const adamL2: Run = (params, gradients) => {
  const { device } = params;
  const [m, v] = [T.zeros(params.shape, { device }), T.zeros(params.shape, { device })];
  const step = T.zeros([1], { device, dtype: "int32" });
  const numbers = { lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8 };
  const decay = { maxGradNorm: 1, weightDecay: 0, l2Decay: 0.1 };
  const hyper = T.tensor(T.adamHyper({ ...numbers, ...decay }), { device });
  return alongEach(gradients, [params, m, v], (gradient, gradNorm) => {
    T.clipAdam({ params, m, v, step, hyper, gradNorm, gradient });
  });
};

testGoldens("optimisers", {
  sgd: sgd({}),
  "sgd clipped with decay": sgd({ maxGradNorm: 1, weightDecay: 0.01 }),
  "sgd momentum": sgd({ lr: 0.05, momentum: 0.9, weightDecay: 0.1, maxGradNorm: 2 }),
  "sgd dampening": sgd({ lr: 0.05, momentum: 0.8, dampening: 0.3 }),
  "sgd nesterov": sgd({ lr: 0.05, momentum: 0.9, maxGradNorm: 1 }, true),
  rmsprop: rmsprop({ alpha: 0.99, eps: 1e-5 }),
  "rmsprop clipped with decay": rmsprop({
    alpha: 0.9,
    eps: 1e-5,
    weightDecay: 0.1,
    maxGradNorm: 1,
  }),
  "rmsprop centered": rmsprop({ alpha: 0.95, eps: 0.01 }, true),
  "rmsprop momentum": rmsprop({ alpha: 0.9, eps: 1e-5, momentum: 0.9 }),
  "rmsprop centered momentum": rmsprop(
    { alpha: 0.9, eps: 0.01, momentum: 0.5, weightDecay: 0.01, maxGradNorm: 1 },
    true,
  ),
  "adam l2": adamL2,
});
