// gemm: the matrix product behind matmul and linear.
//
//   c [M, N] = activation(a [M, K] * b [K, N] + bias [N])        c rows dense
//
// a and b have unit stride in one of their two dimensions, so transposes need no copy.
// Four ways, chosen by shape alone, so that results do not depend on the number of threads:
//   rows     b is packed once, ranks share the rows of c; bias and activation go with the store
//   split-K  a long K and a small c (weight gradients): pieces of K, summed in a second phase
//   thin     a few rows only: b is read in place
//   narrow   a few columns only, both operands dense along K: dot products
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"

namespace carom {

enum class Activation : std::int64_t { none = 0, relu = 1, tanh = 2 };

enum class GemmWay { rows, split_k, thin, narrow };

struct GemmParams {
  std::int64_t m, n, k;
  const float* a;
  std::int64_t a_row, a_col;
  const float* b;
  std::int64_t b_row, b_col;
  float* c;
  std::int64_t c_row;
  const float* bias;  // null: none
  Activation activation;
  bool accumulate;  // c += instead of c =; without bias and activation
  GemmWay way;
  bool by_rows;        // rows: ranks share rows as Team::rows does; otherwise columns
  std::int64_t piece;  // split-K: rows of K in one piece
  bool swapped;  // split-K: pieces hold the transpose of c, whose rows fill the vectors better
};

/// Columns of packed b are padded to this many floats: the widest vector.
inline constexpr std::int64_t kGemmColumns = 16;

CAROM_INLINE constexpr std::int64_t padded_columns(std::int64_t n) {
  return (n + kGemmColumns - 1) / kGemmColumns * kGemmColumns;
}

/// Split-K: floats of one piece's product.
constexpr std::int64_t partial_size(const GemmParams& p) {
  return p.swapped ? p.n * padded_columns(p.m) : p.m * padded_columns(p.n);
}

/// Fills m, n, k, a, b, c and their strides from checked views: a [M, K], b [K, N], c [M, N].
GemmParams make_gemm(const Call& call, const TensorView& a, const TensorView& b,
                     const TensorView& c);

/// Chooses the way and writes the plan. Input 0 must be a, output 0 c, and input 1 b, or with
/// `right_transposed` the transpose of b.
void plan_gemm(GemmParams& params, Plan& plan, bool right_transposed);

CAROM_KERNEL(gemm, GemmParams)

}  // namespace carom
