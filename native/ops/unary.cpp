#include "ops/unary.h"

namespace carom {
namespace {

DType result_dtype(UnaryKind kind, DType input) {
  const bool predicate =
      kind == UnaryKind::is_finite || kind == UnaryKind::is_nan || kind == UnaryKind::logical_not;
  return predicate ? DType::boolean : input;
}

bool takes_integers(UnaryKind kind) {
  return kind == UnaryKind::neg || kind == UnaryKind::abs || kind == UnaryKind::sign ||
         kind == UnaryKind::square || kind == UnaryKind::relu;
}

bool accepts(UnaryKind kind, DType input) {
  if (kind == UnaryKind::logical_not) return input == DType::boolean;
  if (input == DType::int32) return takes_integers(kind);
  return input == DType::float32 || input == DType::float64;
}

}  // namespace

UnaryParams make_unary(const Call& call, Plan& plan, UnaryKind kind) {
  call.expect_counts(1, 1, 0);
  const TensorView& in = call.in(0);
  if (!accepts(kind, in.dtype)) {
    call.fail(ErrorCode::dtype_mismatch, "cannot take ", dtype_name(in.dtype));
  }
  call.expect_dtype(call.out(0), "output", result_dtype(kind, in.dtype));
  UnaryParams params;
  const TensorView* views[] = {&call.out(0), &in};
  fill_layout(call, views, params.layout);
  params.kind = kind;
  params.dtype = in.dtype;
  const double element = dense_inner(params.layout) ? cost::kMathElement : cost::kStridedElement;
  plan.phase(static_cast<double>(params.layout.size) * element);
  plan.flops = static_cast<double>(params.layout.size);
  return params;
}

}  // namespace carom
