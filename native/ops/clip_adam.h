// clipAdam: gradient clipping by global norm and one Adam step (Kingma and Ba 2015; decoupled
// weight decay as in AdamW), over one flat buffer.
//
//   inputs:  grad [P],
//            hyper [8] = {lr, beta1, beta2, eps, maxGradNorm (<= 0: off), weightDecay, l2Decay, 0}
//   outputs: params, m, v [P], step int32 [1] (all in place), gradNorm [1]
//
//   g = grad * min(1, maxGradNorm / (|grad| + 1e-6)) + l2Decay * p
//   p -= lr * weightDecay * p
//   m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2        t = step + 1
//   p -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
// When the norm is not finite nothing but gradNorm is written.
#pragma once

#include "ops/clip_norm.h"
#include "ops/kernel.h"

namespace carom {

struct ClipAdamParams {
  std::int64_t count;
  const float* grad;
  const float* hyper;
  float* params;
  float* m;
  float* v;
  std::int32_t* step;
  float* grad_norm;
};

ClipAdamParams make_clip_adam(const Call& call, Plan& plan);

CAROM_KERNEL(clip_adam, ClipAdamParams)

}  // namespace carom
