#include "ops/linear.h"

#include <utility>

namespace carom {

GemmParams make_linear(const Call& call, Plan& plan) {
  const bool has_bias = call.input_count() == 3;
  call.expect_counts(has_bias ? 3 : 2, 1, 1);
  const TensorView& x = call.in(0);
  TensorView w = call.in(1);
  const TensorView& y = call.out(0);
  call.expect_dtype(x, "x", DType::float32);
  call.expect_dtype(w, "weight", DType::float32);
  call.expect_dtype(y, "output", DType::float32);
  call.expect_rank(x, "x", 2);
  call.expect_rank(w, "weight", 2);
  if (x.shape[1] != w.shape[1]) {
    call.fail(ErrorCode::shape_mismatch, "x has ", x.shape[1], " columns, weight expects ",
              w.shape[1], " (x ", x.shape_text(), ", weight ", w.shape_text(), ")");
  }
  call.expect_shape(y, "output", {x.shape[0], w.shape[0]});
  call.expect_dense_rows(y, "output");
  std::swap(w.shape[0], w.shape[1]);
  std::swap(w.strides[0], w.strides[1]);
  GemmParams params = make_gemm(call, x, w, y);
  if (has_bias) {
    const TensorView& bias = call.in(2);
    call.expect_dtype(bias, "bias", DType::float32);
    call.expect_shape(bias, "bias", {w.shape[1]});
    call.expect_contiguous(bias, "bias");
    params.bias = bias.as<const float>();
  }
  params.activation = static_cast<Activation>(call.integer_param(0, "activation", 0, 2));
  plan_gemm(params, plan, true);
  return params;
}

}  // namespace carom
