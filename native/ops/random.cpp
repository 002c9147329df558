#include "ops/random.h"

namespace carom {

std::int32_t* random_state(const Call& call, int i) {
  call.expect_dtype(call.in(i), "state", DType::int32);
  call.expect_shape(call.in(i), "state", {4});
  call.expect_contiguous(call.in(i), "state");
  return call.in(i).as<std::int32_t>();
}

RandomParams make_random(const Call& call, Plan& plan, RandomKind kind) {
  call.expect_counts(1, 1, 0);
  const bool integers = kind == RandomKind::permutation;
  const TensorView& out = call.out(0);
  call.expect_dtype(out, "output", integers ? DType::int32 : DType::float32);
  call.expect_contiguous(out, "output");
  if (integers) call.expect_rank(out, "output", 1);
  if (out.size > std::int64_t{1} << 30) {
    call.fail(ErrorCode::invalid_argument, "too many elements (got ", out.size,
              ", expected at most 2^30)");
  }
  const double element = kind == RandomKind::uniform ? 0.5 : 1.5;
  plan.phase(static_cast<double>(out.size) * element);
  plan.phase(10, {0, input_bit(0)});
  plan.flops = static_cast<double>(out.size);
  return {kind, random_state(call, 0), out.data, out.size};
}

}  // namespace carom
