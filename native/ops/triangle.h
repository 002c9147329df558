// triangle: out [B, M, N] = x with zeros above the diagonal (lower) or below it (upper). Element
// (i, j) is kept if j - i <= diagonal (lower) or j - i >= diagonal (upper). out is contiguous; x has
// any strides; any dtype, the same for both.
//
//   inputs: x        outputs: out        parameters: [upper 0|1, diagonal]
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"

namespace carom {

struct TriangleParams {
  const std::byte* x;
  std::byte* out;
  std::int64_t item;  // bytes of an element
  std::int64_t batch, rows, columns;
  std::int64_t x_batch, x_row, x_col;  // strides in elements
  bool upper;
  std::int64_t diagonal;
};

TriangleParams make_triangle(const Call& call, Plan& plan);

CAROM_KERNEL(triangle, TriangleParams)

}  // namespace carom
