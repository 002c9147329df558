#include "ops/copy.h"

namespace carom {
namespace {

/// See CopyParams::turned. Worth it from a few elements on, in both directions.
int turned_dimension(const CopyParams& p) {
  constexpr std::int64_t kLeast = 4;
  const int last = p.layout.rank - 1;
  const bool is_plain = p.from == p.to && p.layout.strides[0][last] == 1;
  if (!is_plain || p.layout.shape[last] < kLeast) return -1;
  if (p.layout.strides[1][last] == 0 || p.layout.strides[1][last] == 1) return -1;
  for (int d = last - 1; d >= 0; --d) {
    if (p.layout.strides[1][d] == 1) return p.layout.shape[d] < kLeast ? -1 : d;
  }
  return -1;
}

}  // namespace

CopyParams make_copy(const Call& call, Plan& plan) {
  call.expect_counts(1, 1, 0);
  CopyParams params;
  const TensorView* views[] = {&call.out(0), &call.in(0)};
  fill_layout(call, views, params.layout);
  params.from = call.in(0).dtype;
  params.to = call.out(0).dtype;
  params.turned = turned_dimension(params);
  const bool is_fast = dense_inner(params.layout) || params.turned >= 0;
  const double element = is_fast ? cost::kElement : cost::kStridedElement;
  plan.phase(static_cast<double>(params.layout.size) * element);
  return params;
}

}  // namespace carom
