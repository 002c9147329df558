// matmul: out [M, N] = a [M, K] * b [K, N], or out += with accumulate.
// Each of a and b has unit stride in one of its dimensions; the rows of out are dense. out must not
// overlap a or b.
//
//   inputs: a, b        outputs: out        parameters: [accumulate 0|1]
#pragma once

#include "ops/gemm.h"

namespace carom {

GemmParams make_matmul(const Call& call, Plan& plan);

}  // namespace carom
