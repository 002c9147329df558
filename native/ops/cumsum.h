// cumsum: running sums along one dimension, from its start or (reverse) from its end. float32,
// float64 (sums in double) or int32 (modulo 2^32).
//
//   inputs: in, contiguous        outputs: out, contiguous, of its shape
//   parameters: [axis, reverse]
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"

namespace carom {

/// `in` and `out` seen as [outer, length, inner].
struct CumsumParams {
  DType dtype;
  const std::byte* in;
  std::byte* out;
  std::int64_t outer;
  std::int64_t length;
  std::int64_t inner;
  bool reverse;
};

CumsumParams make_cumsum(const Call& call, Plan& plan);

CAROM_KERNEL(cumsum, CumsumParams)

}  // namespace carom
