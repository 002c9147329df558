#include "ops/fill.h"

namespace carom {

FillParams make_fill(const Call& call, Plan& plan) {
  call.expect_counts(0, 1, 1);
  FillParams params;
  const TensorView* views[] = {&call.out(0)};
  fill_layout(call, views, params.layout);
  params.dtype = call.out(0).dtype;
  params.value = call.param(0);
  plan.phase(static_cast<double>(params.layout.size) * cost::kElement);
  return params;
}

}  // namespace carom
