// takeAlongLast: out[b] = x[b, index[b]].
// takeAlongLastBackward: dx[b, a] = dy[b] where a == index[b], else 0.
// An index outside 0..A-1 gives 0 and is reported as INVALID_ARGUMENT after the op.
//
//   takeAlongLast          inputs: x [B, A], index int32 [B]        outputs: out [B]
//   takeAlongLastBackward  inputs: dy [B], index int32 [B]          outputs: dx [B, A]
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

struct TakeAlongLastParams {
  Rows<float> rows;  // x (only read) or dx
  Strided<const std::int32_t> index;
  Strided<float> values;  // out, or dy (only read)
};

TakeAlongLastParams make_take_along_last(const Call& call, Plan& plan);
TakeAlongLastParams make_take_along_last_backward(const Call& call, Plan& plan);

CAROM_KERNEL(take_along_last, TakeAlongLastParams)
CAROM_KERNEL(take_along_last_backward, TakeAlongLastParams)

}  // namespace carom
