#include "ops/increment.h"

#include <limits>

namespace carom {

IncrementParams make_increment(const Call& call, Plan& plan) {
  call.expect_counts(0, 1, 1);
  call.expect_dtype(call.out(0), "counter", DType::int32);
  call.expect_shape(call.out(0), "counter", {1});
  using Limits = std::numeric_limits<std::int32_t>;
  const std::int64_t by = call.integer_param(0, "step", Limits::min(), Limits::max());
  plan.phase(10);
  return {call.out(0).as<std::int32_t>(), static_cast<std::int32_t>(by)};
}

}  // namespace carom
