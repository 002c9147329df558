#include "ops/matmul.h"

namespace carom {

GemmParams make_matmul(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 1);
  const TensorView& a = call.in(0);
  const TensorView& b = call.in(1);
  const TensorView& out = call.out(0);
  call.expect_dtype(a, "left operand", DType::float32);
  call.expect_dtype(b, "right operand", DType::float32);
  call.expect_dtype(out, "output", DType::float32);
  call.expect_rank(a, "left operand", 2);
  call.expect_rank(b, "right operand", 2);
  if (a.shape[1] != b.shape[0]) {
    call.fail(ErrorCode::shape_mismatch, "inner sizes differ (got a ", a.shape_text(), ", b ",
              b.shape_text(), ", expected a [M,K], b [K,N])");
  }
  call.expect_shape(out, "output", {a.shape[0], b.shape[1]});
  call.expect_dense_rows(out, "output");
  GemmParams params = make_gemm(call, a, b, out);
  params.accumulate = call.integer_param(0, "accumulate", 0, 1) != 0;
  plan_gemm(params, plan, false);
  return params;
}

}  // namespace carom
