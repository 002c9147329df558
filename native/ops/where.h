// where: out = cond ? a : b, element by element. Any dtype for a, b and out (the same), bool for
// cond.
//
//   inputs: cond, a, b        outputs: out        any strides; inputs broadcast to `out`
#pragma once

#include "ops/elementwise_layout.h"
#include "ops/kernel.h"

namespace carom {

struct WhereParams {
  ElementwiseLayout<4> layout;
  DType dtype;
};

WhereParams make_where(const Call& call, Plan& plan);

CAROM_KERNEL(where, WhereParams)

}  // namespace carom
