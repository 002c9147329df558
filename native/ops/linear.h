// linear: y [B, O] = activation(x [B, I] * w [O, I]^T + bias [O]).
// x and w have unit stride in one of their dimensions; the rows of y are dense. Bias may be absent.
//
//   inputs: x, w, bias?        outputs: y        parameters: [activation: 0 none, 1 relu, 2 tanh]
#pragma once

#include "ops/gemm.h"

namespace carom {

GemmParams make_linear(const Call& call, Plan& plan);

}  // namespace carom
