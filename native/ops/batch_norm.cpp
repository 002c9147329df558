#include "ops/batch_norm.h"

namespace carom {
namespace {

Rows<const float> matrix(const Call& call, const TensorView& view, const char* name,
                         const TensorView& like) {
  call.expect_dtype(view, name, DType::float32);
  call.expect_rank(view, name, 2);
  call.expect_same_shape(view, name, like);
  return rows_of<const float>(call, view, name);
}

Rows<float> output_matrix(const Call& call, const TensorView& view, const TensorView& like) {
  call.expect_dtype(view, "output", DType::float32);
  call.expect_same_shape(view, "output", like);
  return rows_of<float>(call, view, "output");
}

float* vector(const Call& call, const TensorView& view, const char* name, std::int64_t columns) {
  call.expect_dtype(view, name, DType::float32);
  call.expect_shape(view, name, {columns});
  call.expect_contiguous(view, name);
  return view.as<float>();
}

/// Sums are taken over at most 64 blocks of at least 16 rows.
void plan_blocks(BatchNormParams& p, Plan& plan) {
  constexpr std::int64_t kMostBlocks = 64, kLeastRows = 16;
  const std::int64_t share = (p.x.count + kMostBlocks - 1) / kMostBlocks;
  p.block = share < kLeastRows ? kLeastRows : share;
  const std::int64_t blocks = (p.x.count + p.block - 1) / p.block;
  plan.scratch_bytes = static_cast<std::size_t>(2 * blocks * p.x.columns) * sizeof(float);
}

void check_rows(const Call& call, const TensorView& x, std::int64_t least) {
  if (x.shape[0] >= least) return;
  call.fail(ErrorCode::shape_mismatch, "there are too few rows (got ", x.shape_text(),
            ", expected at least ", least, ")");
}

}  // namespace

BatchNormParams make_batch_norm(const Call& call, Plan& plan) {
  BatchNormParams p{};
  if (call.param_count() != 6) call.expect_counts(call.input_count(), call.output_count(), 6);
  p.eps = static_cast<float>(call.param(0));
  p.momentum = static_cast<float>(call.param(1));
  const bool weight = call.integer_param(2, "weight", 0, 1) != 0;
  const bool bias = call.integer_param(3, "bias", 0, 1) != 0;
  const bool mean = call.integer_param(4, "runningMean", 0, 1) != 0;
  const bool variance = call.integer_param(5, "runningVar", 0, 1) != 0;
  call.expect_counts(1 + weight + bias, 3 + mean + variance, 6);
  const TensorView& x = call.in(0);
  p.x = matrix(call, x, "x", x);
  check_rows(call, x, variance ? 2 : 1);
  const std::int64_t columns = x.shape[1];
  p.out = output_matrix(call, call.out(0), x);
  if (weight) p.weight = vector(call, call.in(1), "weight", columns);
  if (bias) p.bias = vector(call, call.in(1 + weight), "bias", columns);
  p.mean = vector(call, call.out(1), "mean", columns);
  p.rstd = vector(call, call.out(2), "rstd", columns);
  if (mean) p.running_mean = vector(call, call.out(3), "runningMean", columns);
  if (variance) p.running_variance = vector(call, call.out(3 + mean), "runningVar", columns);
  plan_blocks(p, plan);
  const double size = static_cast<double>(x.size);
  plan.phase(size * 2 * cost::kElement, {input_bit(0), kScratch});
  plan.phase(static_cast<double>(plan.scratch_bytes / 4) * cost::kElement,
             {kScratch, kAllOutputs & ~output_bit(0)});
  plan.phase(size * 2 * cost::kElement, {kAllInputs | kAllOutputs, output_bit(0)});
  plan.flops = size * 8;
  return p;
}

BatchNormParams make_batch_norm_backward(const Call& call, Plan& plan) {
  BatchNormParams p{};
  if (call.param_count() != 1) call.expect_counts(call.input_count(), 3, 1);
  const bool weight = call.integer_param(0, "weight", 0, 1) != 0;
  call.expect_counts(4 + weight, 3, 1);
  const TensorView& x = call.in(1);
  p.x = matrix(call, x, "x", x);
  p.dy = matrix(call, call.in(0), "dy", x);
  check_rows(call, x, 1);
  const std::int64_t columns = x.shape[1];
  p.mean = vector(call, call.in(2), "mean", columns);
  p.rstd = vector(call, call.in(3), "rstd", columns);
  if (weight) p.weight = vector(call, call.in(4), "weight", columns);
  p.out = output_matrix(call, call.out(0), x);
  p.dweight = vector(call, call.out(1), "dweight", columns);
  p.dbias = vector(call, call.out(2), "dbias", columns);
  plan_blocks(p, plan);
  const double size = static_cast<double>(x.size);
  plan.phase(size * 2 * cost::kElement, {kAllInputs, kScratch});
  plan.phase(static_cast<double>(plan.scratch_bytes / 4) * cost::kElement,
             {kScratch | input_bit(3), output_bit(1) | output_bit(2)});
  plan.phase(size * 3 * cost::kElement, {kAllInputs | kAllOutputs, output_bit(0)});
  plan.flops = size * 12;
  return p;
}

}  // namespace carom
