#include "ops/batched_matmul.h"

#include <algorithm>

namespace carom {
namespace {

constexpr std::int64_t kLanesInFlight = 16;
constexpr std::int64_t kFewestRows = 64;

void check(const Call& call) {
  call.expect_counts(2, 1, 0);
  const TensorView &a = call.in(0), &b = call.in(1), &out = call.out(0);
  if (a.dtype != DType::float32 && a.dtype != DType::float64) {
    call.fail(ErrorCode::dtype_mismatch, "cannot take ", dtype_name(a.dtype));
  }
  call.expect_dtype(b, "right operand", a.dtype);
  call.expect_dtype(out, "output", a.dtype);
  if (a.rank < 2) {
    call.fail(ErrorCode::shape_mismatch, "needs matrices (got a ", a.shape_text(),
              ", expected at least two dimensions)");
  }
  call.expect_rank(b, "right operand", a.rank);
  call.expect_rank(out, "output", a.rank);
  const int row = a.rank - 2, column = a.rank - 1;
  bool fits = a.shape[column] == b.shape[row] && out.shape[row] == a.shape[row] &&
              out.shape[column] == b.shape[column];
  for (int d = 0; d < row; ++d) {
    fits = fits && a.shape[d] == b.shape[d] && a.shape[d] == out.shape[d];
  }
  if (!fits) {
    call.fail(ErrorCode::shape_mismatch, "shapes do not fit (got a ", a.shape_text(), ", b ",
              b.shape_text(), ", out ", out.shape_text(),
              ", expected [...,M,K], [...,K,N], [...,M,N])");
  }
  call.expect_dense_rows(out, "output");
}

/// The matrix of the last two dimensions.
TensorView last_matrix(const TensorView& view) {
  TensorView matrix = view;
  matrix.rank = 2;
  for (int d = 0; d < 2; ++d) {
    matrix.shape[d] = view.shape[view.rank - 2 + d];
    matrix.strides[d] = view.strides[view.rank - 2 + d];
  }
  return matrix;
}

}  // namespace

BatchedMatmulParams make_batched_matmul(const Call& call, Plan& plan) {
  check(call);
  const TensorView &a = call.in(0), &b = call.in(1), &out = call.out(0);
  BatchedMatmulParams p{};
  p.dtype = a.dtype;
  p.a = a.data;
  p.b = b.data;
  p.c = out.data;
  p.rank = a.rank - 2;
  p.products = 1;
  for (int d = 0; d < p.rank; ++d) {
    p.shape[d] = a.shape[d];
    p.a_strides[d] = a.strides[d];
    p.b_strides[d] = b.strides[d];
    p.c_strides[d] = out.strides[d];
    p.products *= a.shape[d];
  }
  p.product = make_gemm(call, last_matrix(a), last_matrix(b), last_matrix(out));
  p.rows = p.product.m;
  const std::int64_t wanted = p.products > 0 ? (kLanesInFlight + p.products - 1) / p.products : 1;
  const std::int64_t per_chunk = (p.rows + wanted - 1) / wanted;
  p.product.m = std::min(p.rows, std::max(kFewestRows, (per_chunk + 15) / 16 * 16));
  p.row_chunks = p.rows > 0 ? (p.rows + p.product.m - 1) / p.product.m : 0;
  p.lanes = std::min(kLanesInFlight, p.products * p.row_chunks);
  Plan inner;
  plan_gemm(p.product, inner, false);
  p.phases = inner.phase_count;
  const bool single = p.dtype == DType::float32;
  p.lane_scratch = single ? (inner.scratch_bytes + 63) / 64 * 64 : 0;
  plan.scratch_bytes = p.lane_scratch * static_cast<std::size_t>(p.lanes);
  plan.flops = 2.0 * static_cast<double>(p.rows) * static_cast<double>(p.product.n) *
               static_cast<double>(p.product.k) * static_cast<double>(p.products);
  plan.phase(plan.flops * cost::kFlop * (single ? 1 : 4));
  return p;
}

}  // namespace carom
