#include "ops/take_along_last.h"

namespace carom {
namespace {

TakeAlongLastParams make(const Call& call, const TensorView& rows, const TensorView& values) {
  call.expect_counts(2, 1, 0);
  call.expect_dtype(rows, "matrix", DType::float32);
  call.expect_dtype(call.in(1), "index", DType::int32);
  call.expect_dtype(values, "vector", DType::float32);
  call.expect_rank(rows, "matrix", 2);
  TakeAlongLastParams params{};
  params.rows = rows_of<float>(call, rows, "matrix");
  params.index = strided_of<const std::int32_t>(call, call.in(1), "index", rows.shape[0]);
  params.values = strided_of<float>(call, values, "vector", rows.shape[0]);
  return params;
}

}  // namespace

TakeAlongLastParams make_take_along_last(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 0);
  const TakeAlongLastParams params = make(call, call.in(0), call.out(0));
  plan.phase(static_cast<double>(params.rows.count) * cost::kStridedElement);
  return params;
}

TakeAlongLastParams make_take_along_last_backward(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 0);
  const TakeAlongLastParams params = make(call, call.out(0), call.in(0));
  plan.phase(static_cast<double>(call.out(0).size) * cost::kElement +
             static_cast<double>(params.rows.count) * cost::kStridedElement);
  return params;
}

}  // namespace carom
