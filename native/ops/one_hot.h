// oneHot: out [B, C] = 1 at index[b] and 0 elsewhere. out is contiguous, of any dtype; index has
// any strides.
//
//   inputs: index int32 [B]        outputs: out
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

struct OneHotParams {
  Strided<const std::int32_t> index;
  std::byte* out;
  DType dtype;
  std::int64_t rows, classes;
};

OneHotParams make_one_hot(const Call& call, Plan& plan);

CAROM_KERNEL(one_hot, OneHotParams)

}  // namespace carom
