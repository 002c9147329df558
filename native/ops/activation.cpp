#include "ops/activation.h"

namespace carom {

ActivationParams make_activation(const Call& call, Plan& plan, ActivationKind kind, bool backward) {
  call.expect_counts(backward ? 2 : 1, 1, 1);
  const TensorView& x = call.in(backward ? 1 : 0);
  if (x.dtype != DType::float32 && x.dtype != DType::float64) {
    call.fail(ErrorCode::dtype_mismatch, "cannot take ", dtype_name(x.dtype));
  }
  call.expect_dtype(call.in(0), "first input", x.dtype);
  call.expect_dtype(call.out(0), "output", x.dtype);
  ActivationParams params;
  const TensorView* views[] = {&call.out(0), &call.in(0), &x};
  fill_layout(call, views, params.layout);
  params.kind = kind;
  params.dtype = x.dtype;
  params.a = call.param(0);
  const double element = dense_inner(params.layout) ? cost::kMathElement : cost::kStridedElement;
  plan.phase(static_cast<double>(params.layout.size) * element);
  plan.flops = static_cast<double>(params.layout.size);
  return params;
}

}  // namespace carom
