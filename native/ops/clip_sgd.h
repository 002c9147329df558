// clipSgd: gradient clipping by global norm and one step of stochastic gradient descent with
// momentum (Sutskever et al. 2013, in PyTorch's form), over one flat buffer.
//
//   inputs:  grad [P], hyper [8] = {lr, momentum, dampening, weightDecay, maxGradNorm (<= 0: off)}
//   outputs: params [P], step int32 [1], gradNorm [1], velocity? [P]        params, velocity and
//            step in place; without velocity there is no momentum
//   parameters: [nesterov: 0 or 1, only with velocity]
//
//   g = grad * min(1, maxGradNorm / (|grad| + 1e-6)) + weightDecay * p
//   velocity = g at the first step, then momentum * velocity + (1 - dampening) * g
//   p -= lr * (nesterov ? g + momentum * velocity : velocity)
// When the norm is not finite nothing but gradNorm is written.
#pragma once

#include "ops/clip_norm.h"
#include "ops/kernel.h"

namespace carom {

struct ClipSgdParams {
  std::int64_t count;
  const float* grad;
  const float* hyper;
  float* params;
  std::int32_t* step;
  float* grad_norm;
  float* velocity;  // null: none
  bool nesterov;
};

ClipSgdParams make_clip_sgd(const Call& call, Plan& plan);

CAROM_KERNEL(clip_sgd, ClipSgdParams)

}  // namespace carom
