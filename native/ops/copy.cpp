#include "ops/copy.h"

namespace carom {

CopyParams make_copy(const Call& call, Plan& plan) {
  call.expect_counts(1, 1, 0);
  CopyParams params;
  const TensorView* views[] = {&call.out(0), &call.in(0)};
  fill_layout(call, views, params.layout);
  params.from = call.in(0).dtype;
  params.to = call.out(0).dtype;
  const double element = dense_inner(params.layout) ? cost::kElement : cost::kStridedElement;
  plan.phase(static_cast<double>(params.layout.size) * element);
  return params;
}

}  // namespace carom
