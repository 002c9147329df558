#include "ops/linear_scan.h"

namespace carom {

LinearScanParams make_linear_scan(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 1);
  const TensorView &a = call.in(0), &b = call.in(1), &y = call.out(0);
  if (a.dtype != DType::float32 && a.dtype != DType::float64) {
    call.fail(ErrorCode::dtype_mismatch, "cannot take ", dtype_name(a.dtype));
  }
  if (a.rank == 0) call.fail(ErrorCode::shape_mismatch, "a needs a dimension to go along");
  call.expect_dtype(b, "b", a.dtype);
  call.expect_dtype(y, "y", a.dtype);
  call.expect_same_shape(b, "b", a);
  call.expect_same_shape(y, "y", a);
  call.expect_contiguous(a, "a");
  call.expect_contiguous(b, "b");
  call.expect_contiguous(y, "y");
  const bool reverse = call.integer_param(0, "reverse", 0, 1) != 0;
  LinearScanParams params{a.dtype, a.data, b.data, y.data, a.shape[0], 1, reverse};
  for (int d = 1; d < a.rank; ++d) params.columns *= a.shape[d];
  plan.phase(static_cast<double>(a.size) * 4 * cost::kElement);
  plan.flops = static_cast<double>(a.size) * 2;
  return params;
}

}  // namespace carom
