#include "ops/cross_entropy.h"

namespace carom {
namespace {

void read_parameters(const Call& call, CrossEntropyParams& p) {
  p.reduction = static_cast<Reduction>(call.integer_param(0, "reduction", 0, 2));
  p.smoothing = static_cast<float>(call.param(1));
  if (!(p.smoothing >= 0 && p.smoothing <= 1)) {
    call.fail(ErrorCode::invalid_argument, "smoothing is not valid (got ", call.param(1),
              ", expected 0..1)");
  }
  p.ignoring = call.integer_param(2, "ignoring", 0, 1) != 0;
  const std::int64_t low = INT32_MIN, high = INT32_MAX;
  p.ignore = static_cast<std::int32_t>(call.integer_param(3, "ignore", low, high));
}

void read_target(const Call& call, CrossEntropyParams& p) {
  const TensorView &logits = call.in(0), &target = call.in(1);
  if (target.dtype == DType::int32) {
    p.target = strided_of<const std::int32_t>(call, target, "target", logits.shape[0]);
    return;
  }
  call.expect_dtype(target, "target", DType::float32);
  call.expect_same_shape(target, "target", logits);
  p.shares = rows_of<const float>(call, target, "target");
  p.ignoring = false;
}

}  // namespace

CrossEntropyParams make_cross_entropy(const Call& call, Plan& plan) {
  CrossEntropyParams p{};
  const bool gradient = call.output_count() == 2;
  call.expect_counts(2, gradient ? 2 : 1, 4);
  read_parameters(call, p);
  const TensorView &logits = call.in(0), &loss = call.out(0);
  call.expect_dtype(logits, "logits", DType::float32);
  call.expect_rank(logits, "logits", 2);
  if (logits.shape[1] == 0)
    call.fail(ErrorCode::shape_mismatch, "there are no classes (got ", logits.shape_text(), ")");
  p.logits = rows_of<const float>(call, logits, "logits");
  read_target(call, p);
  call.expect_dtype(loss, "loss", DType::float32);
  if (p.reduction == Reduction::none) {
    p.loss = strided_of<float>(call, loss, "loss", logits.shape[0]);
  } else {
    call.expect_shape(loss, "loss", {});
    p.loss = {loss.as<float>(), 0};
  }
  if (gradient) {
    call.expect_dtype(call.out(1), "dlogits", DType::float32);
    call.expect_same_shape(call.out(1), "dlogits", logits);
    p.dlogits = rows_of<float>(call, call.out(1), "dlogits");
  }
  const std::int64_t batch = logits.shape[0];
  const double work = static_cast<double>(logits.size) * 2 * cost::kMathElement;
  PhaseUse main;
  main.row_count = batch;
  main.by_rows = kAllInputs | output_bit(1);
  if (p.reduction == Reduction::none) {
    main.by_rows |= output_bit(0);
    plan.phase(work, main);
  } else {
    // Row losses wait in scratch, behind the scale of the gradient.
    plan.scratch_bytes = static_cast<std::size_t>(batch + 16) * sizeof(float);
    plan.phase(static_cast<double>(p.ignoring ? batch : 1) * cost::kElement,
               {input_bit(1), kScratch});
    main.reads = kAllInputs | kScratch;
    main.writes = output_bit(1) | kScratch;
    plan.phase(work, main);
    plan.phase(static_cast<double>(batch) * cost::kElement, {kScratch, output_bit(0)});
  }
  plan.flops = static_cast<double>(logits.size) * 8;
  return p;
}

}  // namespace carom
