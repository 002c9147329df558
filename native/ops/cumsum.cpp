#include "ops/cumsum.h"

namespace carom {

CumsumParams make_cumsum(const Call& call, Plan& plan) {
  call.expect_counts(1, 1, 2);
  const TensorView& in = call.in(0);
  const TensorView& out = call.out(0);
  if (in.dtype != DType::float32 && in.dtype != DType::float64 && in.dtype != DType::int32) {
    call.fail(ErrorCode::dtype_mismatch, "cannot take ", dtype_name(in.dtype));
  }
  call.expect_dtype(out, "output", in.dtype);
  call.expect_same_shape(out, "output", in);
  call.expect_contiguous(in, "input");
  call.expect_contiguous(out, "output");
  CumsumParams params{in.dtype, in.data, out.data, 1, 1, 1, call.param(1) != 0};
  if (in.rank == 0) {
    call.integer_param(0, "axis", 0, 0);
  } else {
    const auto axis = static_cast<int>(call.integer_param(0, "axis", 0, in.rank - 1));
    for (int d = 0; d < axis; ++d) params.outer *= in.shape[d];
    params.length = in.shape[axis];
    for (int d = axis + 1; d < in.rank; ++d) params.inner *= in.shape[d];
  }
  plan.phase(static_cast<double>(in.size) * cost::kStridedElement);
  plan.flops = static_cast<double>(in.size);
  return params;
}

}  // namespace carom
