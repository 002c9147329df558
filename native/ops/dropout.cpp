#include "ops/dropout.h"

#include "ops/random.h"

namespace carom {
namespace {

DropoutParams make(const Call& call, Plan& plan) {
  DropoutParams p{};
  const TensorView &x = call.in(0), &out = call.out(0);
  for (const TensorView* view : {&x, &out}) {
    call.expect_dtype(*view, "an operand", DType::float32);
    call.expect_contiguous(*view, "an operand");
  }
  call.expect_same_shape(out, "output", x);
  if (x.size > std::int64_t{1} << 30) {
    call.fail(ErrorCode::invalid_argument, "too many elements (got ", x.size,
              ", expected at most 2^30)");
  }
  p.x = x.as<const float>();
  p.out = out.as<float>();
  p.count = x.size;
  p.state = random_state(call, 1);
  p.threshold =
      static_cast<std::int32_t>(call.integer_param(0, "threshold", 0, std::int64_t{1} << 24));
  p.scale = static_cast<float>(call.param(1));
  plan.flops = static_cast<double>(x.size);
  return p;
}

}  // namespace

DropoutParams make_dropout(const Call& call, Plan& plan) {
  call.expect_counts(2, 2, 2);
  DropoutParams p = make(call, plan);
  call.expect_dtype(call.out(1), "used", DType::int32);
  call.expect_shape(call.out(1), "used", {4});
  call.expect_contiguous(call.out(1), "used");
  p.used = call.out(1).as<std::int32_t>();
  plan.phase(static_cast<double>(p.count) * 0.7);
  plan.phase(10, {0, input_bit(1)});
  return p;
}

DropoutParams make_dropout_backward(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 2);
  DropoutParams p = make(call, plan);
  plan.phase(static_cast<double>(p.count) * 0.7);
  return p;
}

}  // namespace carom
