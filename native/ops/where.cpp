#include "ops/where.h"

namespace carom {

WhereParams make_where(const Call& call, Plan& plan) {
  call.expect_counts(3, 1, 0);
  call.expect_dtype(call.in(0), "condition", DType::boolean);
  const DType dtype = call.in(1).dtype;
  call.expect_dtype(call.in(2), "third input", dtype);
  call.expect_dtype(call.out(0), "output", dtype);
  WhereParams params;
  const TensorView* views[] = {&call.out(0), &call.in(0), &call.in(1), &call.in(2)};
  fill_layout(call, views, params.layout);
  params.dtype = dtype;
  const double element = dense_inner(params.layout) ? cost::kElement : cost::kStridedElement;
  plan.phase(static_cast<double>(params.layout.size) * element);
  return params;
}

}  // namespace carom
