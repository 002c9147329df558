// linearBackward: what comes before the products of a linear layer's gradient.
//
//   dz [B, O] = dy * activation'(y)        dbias [O] = sum of dz over B
//
// activation' is taken from the output: relu y > 0, tanh 1 - y^2. With activation 0, y is not read.
// Rows may be strided, elements of a row are dense; dz may be dy.
//
//   inputs: dy, y        outputs: dz, dbias        parameters: [activation: 0 none, 1 relu, 2 tanh]
#pragma once

#include "ops/gemm.h"
#include "ops/rows.h"

namespace carom {

struct LinearBackwardParams {
  Rows<const float> dy;
  Rows<const float> y;
  Rows<float> dz;
  float* dbias;
  Activation activation;
};

LinearBackwardParams make_linear_backward(const Call& call, Plan& plan);

CAROM_KERNEL(linear_backward, LinearBackwardParams)

}  // namespace carom
