#include "ops/clip_rmsprop.h"

namespace carom {

ClipRmspropParams make_clip_rmsprop(const Call& call, Plan& plan) {
  if (call.param_count() != 2) call.expect_counts(2, 3, 2);
  const bool centered = call.integer_param(0, "centered", 0, 1) == 1;
  const bool momentum = call.integer_param(1, "momentum", 0, 1) == 1;
  call.expect_counts(2, 3 + (centered ? 1 : 0) + (momentum ? 1 : 0), 2);
  call.expect_rank(call.out(0), "params", 1);
  const std::int64_t count = call.out(0).shape[0];
  ClipRmspropParams p{};
  p.count = count;
  p.grad = flat_floats(call, call.in(0), "grad", count);
  p.hyper = flat_floats(call, call.in(1), "hyper", 8);
  p.params = flat_floats(call, call.out(0), "params", count);
  p.squares = flat_floats(call, call.out(1), "squares", count);
  p.grad_norm = flat_floats(call, call.out(2), "gradNorm", 1);
  int next = 3;
  if (centered) p.means = flat_floats(call, call.out(next++), "means", count);
  if (momentum) p.velocity = flat_floats(call, call.out(next), "velocity", count);
  plan.scratch_bytes = norm_scratch_bytes(count);
  const double elements = static_cast<double>(count);
  plan.phase(elements * cost::kForeignElement, {input_bit(0), kScratch});
  plan.phase(elements * cost::kMathElement, {kAllInputs | kScratch, kAllOutputs});
  plan.flops = elements * 12;
  return p;
}

}  // namespace carom
