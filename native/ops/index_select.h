// indexSelect: out[i] = x[index[i]] for rows of any shape and dtype. An index outside 0..N-1 writes
// nothing in its row and is reported as INVALID_ARGUMENT after the op.
//
//   inputs: x [N, ...], index int32 [M]        outputs: out [M, ...]        rest dimensions dense
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

struct IndexSelectParams {
  const std::byte* x;
  std::int64_t x_stride;  // bytes
  std::int64_t x_rows;
  Strided<const std::int32_t> index;
  std::int64_t count;
  std::byte* out;
  std::int64_t out_stride;  // bytes
  std::int64_t row_bytes;
};

IndexSelectParams make_index_select(const Call& call, Plan& plan);

CAROM_KERNEL(index_select, IndexSelectParams)

}  // namespace carom
