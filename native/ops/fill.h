// fill: writes one value to every element of `out` (any dtype, any strides).
//
//   outputs: out        parameters: [value]
#pragma once

#include "ops/elementwise_layout.h"
#include "ops/kernel.h"

namespace carom {

struct FillParams {
  ElementwiseLayout<1> layout;
  DType dtype;
  double value;
};

FillParams make_fill(const Call& call, Plan& plan);

CAROM_KERNEL(fill, FillParams)

}  // namespace carom
