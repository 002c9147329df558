// sort: the positions, along the last dimension, of its k first elements in ascending or descending
// order. Stable: of equals the one in front comes first; -0 equals 0. NaN counts as larger than all
// others. float32, float64, int32 or uint8.
//
//   inputs: in [..., n], contiguous        outputs: out int32 [..., k], contiguous, k <= n
//   parameters: [descending]
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"

namespace carom {

struct SortParams {
  DType dtype;
  const std::byte* in;
  std::int32_t* out;
  std::int64_t rows;
  std::int64_t n;
  std::int64_t k;
  bool descending;
  int slots;  // ranks that have scratch memory: two lists of n entries each
};

SortParams make_sort(const Call& call, Plan& plan);

CAROM_KERNEL(sort, SortParams)

}  // namespace carom
