#include "ops/clip_adam.h"

namespace carom {
namespace {

float* flat(const Call& call, const TensorView& view, const char* name, std::int64_t count) {
  call.expect_dtype(view, name, DType::float32);
  call.expect_shape(view, name, {count});
  call.expect_contiguous(view, name);
  return view.as<float>();
}

}  // namespace

ClipAdamParams make_clip_adam(const Call& call, Plan& plan) {
  call.expect_counts(2, 5, 0);
  call.expect_rank(call.out(0), "params", 1);
  const std::int64_t count = call.out(0).shape[0];
  ClipAdamParams p{};
  p.count = count;
  p.grad = flat(call, call.in(0), "grad", count);
  p.hyper = flat(call, call.in(1), "hyper", 8);
  p.params = flat(call, call.out(0), "params", count);
  p.m = flat(call, call.out(1), "m", count);
  p.v = flat(call, call.out(2), "v", count);
  call.expect_dtype(call.out(3), "step", DType::int32);
  call.expect_shape(call.out(3), "step", {1});
  p.step = call.out(3).as<std::int32_t>();
  p.grad_norm = flat(call, call.out(4), "gradNorm", 1);
  const std::int64_t blocks = (count + kNormBlock - 1) / kNormBlock;
  plan.scratch_bytes = static_cast<std::size_t>(blocks + 1) * sizeof(double);
  const double elements = static_cast<double>(count);
  const OperandMask state = output_bit(0) | output_bit(1) | output_bit(2);
  plan.phase(elements * cost::kForeignElement, {input_bit(0), kScratch});
  plan.phase(elements * cost::kMathElement, {kAllInputs | output_bit(3) | kScratch, state});
  plan.phase(10, {kScratch, output_bit(3) | output_bit(4)});
  plan.flops = elements * 15;
  return p;
}

}  // namespace carom
