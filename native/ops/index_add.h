// indexAdd: out[index[i]] += src[i] for rows of any shape, in the order of i. An index outside
// 0..N-1 adds nothing and is reported as INVALID_ARGUMENT after the op.
//
//   inputs: src [M, ...], index int32 [M]        outputs: out [N, ...] (added to)        float32
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

struct IndexAddParams {
  const float* src;
  std::int64_t src_stride;
  Strided<const std::int32_t> index;
  std::int64_t count;
  float* out;
  std::int64_t out_stride;
  std::int64_t out_rows;
  std::int64_t row_size;
};

IndexAddParams make_index_add(const Call& call, Plan& plan);

CAROM_KERNEL(index_add, IndexAddParams)

}  // namespace carom
