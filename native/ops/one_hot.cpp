#include "ops/one_hot.h"

namespace carom {

OneHotParams make_one_hot(const Call& call, Plan& plan) {
  call.expect_counts(1, 1, 0);
  const TensorView& out = call.out(0);
  call.expect_dtype(call.in(0), "index", DType::int32);
  call.expect_rank(out, "output", 2);
  call.expect_contiguous(out, "output");
  OneHotParams params{};
  params.index = strided_of<const std::int32_t>(call, call.in(0), "index", out.shape[0]);
  params.out = out.data;
  params.dtype = out.dtype;
  params.rows = out.shape[0];
  params.classes = out.shape[1];
  plan.phase(static_cast<double>(out.size) * cost::kElement +
             static_cast<double>(params.rows) * cost::kStridedElement);
  return params;
}

}  // namespace carom
