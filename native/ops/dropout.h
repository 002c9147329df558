// dropout: some elements become 0, the others are scaled. Element i (in row-major order) reads word
// i of the random state's next call (cpu/philox.h) and is kept if its upper 24 bits are at least
// `threshold`.
//
//   dropout          inputs: x, state int32 [4]   outputs: out, used int32 [4]
//                    out = kept ? x scale : 0; used is the state as it was; the state moves on
//   dropoutBackward  inputs: dy, used int32 [4]   outputs: dx = kept ? dy scale : 0
//   parameters: threshold 0..2^24, scale
//
// All views are contiguous. out may be x, dx may be dy.
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

struct DropoutParams {
  const float* x;
  float* out;
  std::int64_t count;
  std::int32_t* state;
  std::int32_t* used;  // null in the backward op
  std::int32_t threshold;
  float scale;
};

DropoutParams make_dropout(const Call& call, Plan& plan);
DropoutParams make_dropout_backward(const Call& call, Plan& plan);

CAROM_KERNEL(dropout, DropoutParams)

}  // namespace carom
