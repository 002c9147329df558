// copy: out = in, with conversion between element types. Any strides; `in` broadcasts to `out`.
// float -> int32 truncates and saturates (NaN gives 0), int32 -> uint8 wraps, anything -> bool is
// `!= 0`.
//
//   inputs: in        outputs: out
#pragma once

#include "ops/elementwise_layout.h"
#include "ops/kernel.h"

namespace carom {

struct CopyParams {
  ElementwiseLayout<2> layout;
  DType from;
  DType to;
  /// The dimension along which `in` is dense, where that is not the innermost one: such a copy
  /// turns blocks of elements round. -1: an ordinary copy.
  int turned;
};

CopyParams make_copy(const Call& call, Plan& plan);

CAROM_KERNEL(copy, CopyParams)

}  // namespace carom
