// batchedMatmul: out [..., M, N] = a [..., M, K] * b [..., K, N], one product for each index of the
// leading dimensions, which are equal in all three (stride 0 repeats an operand without a copy).
// Each matrix of a and b has unit stride in one of its dimensions; the rows of out are dense.
// float32 or float64; out must not overlap a or b.
//
//   inputs: a, b        outputs: out
//
// The work is cut into units, some rows of one product each, with scratch of their own: results do
// not depend on the number of threads.
#pragma once

#include "ops/gemm.h"

namespace carom {

struct BatchedMatmulParams {
  GemmParams product;  // of the first unit, float32; for float64 only m, n, k and the strides
  int phases;          // of that product
  DType dtype;
  std::byte *a, *b, *c;
  int rank;  // of the leading dimensions
  std::int64_t shape[kMaxRank];
  std::int64_t a_strides[kMaxRank], b_strides[kMaxRank], c_strides[kMaxRank];
  std::int64_t products;
  std::int64_t rows;        // of one whole product
  std::int64_t row_chunks;  // units per product; product.m rows each, the last one maybe fewer
  std::int64_t lanes;       // units in flight, each with its own scratch
  std::size_t lane_scratch;  // bytes
};

BatchedMatmulParams make_batched_matmul(const Call& call, Plan& plan);

CAROM_KERNEL(batched_matmul, BatchedMatmulParams)

}  // namespace carom
