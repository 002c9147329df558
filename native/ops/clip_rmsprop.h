// clipRmsprop: gradient clipping by global norm and one step of RMSProp (Tieleman and Hinton 2012;
// centered as in Graves 2013; PyTorch's form, epsilon outside the root), over one flat buffer.
//
//   inputs:  grad [P],
//            hyper [8] = {lr, alpha, eps, weightDecay, momentum, maxGradNorm (<= 0: off), 0, 0}
//   outputs: params, squares [P], gradNorm [1], means? [P], velocity? [P]        all but gradNorm in
//            place; without means not centered, without velocity no momentum
//   parameters: [centered: 0 or 1, momentum: 0 or 1]: which of the two are there
//
//   g = grad * min(1, maxGradNorm / (|grad| + 1e-6)) + weightDecay * p
//   squares = alpha squares + (1 - alpha) g^2        means = alpha means + (1 - alpha) g
//   change = g / (sqrt(squares - means^2, at least 0) + eps)
//   velocity = momentum * velocity + change        p -= lr * velocity
// When the norm is not finite nothing but gradNorm is written.
#pragma once

#include "ops/clip_norm.h"
#include "ops/kernel.h"

namespace carom {

struct ClipRmspropParams {
  std::int64_t count;
  const float* grad;
  const float* hyper;
  float* params;
  float* squares;
  float* grad_norm;
  float* means;     // null: not centered
  float* velocity;  // null: no momentum
};

ClipRmspropParams make_clip_rmsprop(const Call& call, Plan& plan);

CAROM_KERNEL(clip_rmsprop, ClipRmspropParams)

}  // namespace carom
