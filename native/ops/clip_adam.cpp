#include "ops/clip_adam.h"

namespace carom {
ClipAdamParams make_clip_adam(const Call& call, Plan& plan) {
  call.expect_counts(2, 5, 0);
  call.expect_rank(call.out(0), "params", 1);
  const std::int64_t count = call.out(0).shape[0];
  ClipAdamParams p{};
  p.count = count;
  p.grad = flat_floats(call, call.in(0), "grad", count);
  p.hyper = flat_floats(call, call.in(1), "hyper", 8);
  p.params = flat_floats(call, call.out(0), "params", count);
  p.m = flat_floats(call, call.out(1), "m", count);
  p.v = flat_floats(call, call.out(2), "v", count);
  p.step = step_counter(call, call.out(3));
  p.grad_norm = flat_floats(call, call.out(4), "gradNorm", 1);
  plan.scratch_bytes = norm_scratch_bytes(count);
  const double elements = static_cast<double>(count);
  const OperandMask state = output_bit(0) | output_bit(1) | output_bit(2);
  plan.phase(elements * cost::kForeignElement, {input_bit(0), kScratch});
  plan.phase(elements * cost::kMathElement, {kAllInputs | output_bit(3) | kScratch, state});
  plan.phase(10, {kScratch, output_bit(3) | output_bit(4)});
  plan.flops = elements * 15;
  return p;
}

}  // namespace carom
