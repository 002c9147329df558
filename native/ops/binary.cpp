#include "ops/binary.h"

namespace carom {
namespace {

bool is_comparison(BinaryKind kind) { return kind >= BinaryKind::equal; }

bool is_logical(BinaryKind kind) {
  return kind >= BinaryKind::logical_and && kind <= BinaryKind::logical_xor;
}

bool accepts(BinaryKind kind, DType input) {
  if (is_logical(kind)) return input == DType::boolean;
  if (input == DType::float32 || input == DType::float64) return true;
  if (is_comparison(kind)) return true;
  return input == DType::int32 && kind != BinaryKind::div;
}

}  // namespace

BinaryParams make_binary(const Call& call, Plan& plan, BinaryKind kind) {
  call.expect_counts(2, 1, 0);
  const DType dtype = call.in(0).dtype;
  if (!accepts(kind, dtype)) {
    call.fail(ErrorCode::dtype_mismatch, "cannot take ", dtype_name(dtype));
  }
  call.expect_dtype(call.in(1), "second input", dtype);
  call.expect_dtype(call.out(0), "output", is_comparison(kind) ? DType::boolean : dtype);
  BinaryParams params;
  const TensorView* views[] = {&call.out(0), &call.in(0), &call.in(1)};
  fill_layout(call, views, params.layout);
  params.kind = kind;
  params.dtype = dtype;
  const bool slow = kind == BinaryKind::pow || kind == BinaryKind::mod ||
                    kind == BinaryKind::floor_divide || !dense_inner(params.layout);
  plan.phase(static_cast<double>(params.layout.size) *
             (slow ? cost::kStridedElement : cost::kElement));
  plan.flops = static_cast<double>(params.layout.size);
  return params;
}

}  // namespace carom
