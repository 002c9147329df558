#include "ops/clip_sgd.h"

namespace carom {

ClipSgdParams make_clip_sgd(const Call& call, Plan& plan) {
  const bool has_velocity = call.output_count() == 4;
  call.expect_counts(2, has_velocity ? 4 : 3, 1);
  call.expect_rank(call.out(0), "params", 1);
  const std::int64_t count = call.out(0).shape[0];
  ClipSgdParams p{};
  p.count = count;
  p.grad = flat_floats(call, call.in(0), "grad", count);
  p.hyper = flat_floats(call, call.in(1), "hyper", 8);
  p.params = flat_floats(call, call.out(0), "params", count);
  p.step = step_counter(call, call.out(1));
  p.grad_norm = flat_floats(call, call.out(2), "gradNorm", 1);
  if (has_velocity) p.velocity = flat_floats(call, call.out(3), "velocity", count);
  p.nesterov = call.integer_param(0, "nesterov", 0, has_velocity ? 1 : 0) == 1;
  plan.scratch_bytes = norm_scratch_bytes(count);
  const double elements = static_cast<double>(count);
  plan.phase(elements * cost::kForeignElement, {input_bit(0), kScratch});
  plan.phase(elements * cost::kForeignElement,
             {kAllInputs | output_bit(1) | kScratch, output_bit(0) | output_bit(3)});
  plan.phase(10, {kScratch, output_bit(1) | output_bit(2)});
  plan.flops = elements * 8;
  return p;
}

}  // namespace carom
