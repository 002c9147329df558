#include "ops/normalize.h"

namespace carom {
namespace {

constexpr std::int64_t kRowsWorthSharing = 64;

bool dense_along(const TensorView& view, int d) {
  return view.shape[d] <= 1 || view.strides[d] == 1;
}

/// Checks the large operands and says whether runs go along K.
bool choose_direction(const Call& call, std::initializer_list<const TensorView*> views) {
  bool channels = true, positions = true;
  const TensorView& first = **views.begin();
  for (const TensorView* view : views) {
    call.expect_dtype(*view, "an operand", DType::float32);
    call.expect_rank(*view, "an operand", 4);
    call.expect_same_shape(*view, "an operand", first);
    channels = channels && dense_along(*view, 2);
    positions = positions && dense_along(*view, 3);
  }
  if (!channels && !positions) {
    call.fail(ErrorCode::invalid_argument,
              "the operands must all have unit stride in one of the last two dimensions (shape ",
              first.shape_text(), ")");
  }
  return channels && (first.shape[3] == 1 || !positions);
}

template <class T>
GroupsAt<T> groups_at(const TensorView& view, bool along_channels) {
  return {view.as<T>(), view.strides[0], view.strides[1], view.strides[along_channels ? 3 : 2]};
}

template <class T>
T* vector_at(const Call& call, const TensorView& view, const char* name,
             std::initializer_list<std::int64_t> shape) {
  call.expect_dtype(view, name, DType::float32);
  call.expect_shape(view, name, shape);
  call.expect_contiguous(view, name);
  return view.as<T>();
}

void measure(NormalizeParams& p, const TensorView& x) {
  p.samples = x.shape[0];
  p.groups = x.shape[1];
  p.channels = x.shape[2];
  p.runs = p.along_channels ? x.shape[3] : x.shape[2];
  p.length = p.along_channels ? x.shape[2] : x.shape[3];
  p.by_rows = p.samples >= kRowsWorthSharing;
}

}  // namespace

NormalizeParams make_normalize(const Call& call, Plan& plan) {
  NormalizeParams p{};
  if (call.param_count() != 4) call.expect_counts(call.input_count(), 3, 4);
  p.eps = static_cast<float>(call.param(0));
  p.centred = call.integer_param(1, "centred", 0, 1) != 0;
  const bool weight = call.integer_param(2, "weight", 0, 1) != 0;
  const bool bias = call.integer_param(3, "bias", 0, 1) != 0;
  call.expect_counts(1 + weight + bias, 3, 4);
  const TensorView& x = call.in(0);
  p.along_channels = choose_direction(call, {&x, &call.out(0)});
  measure(p, x);
  p.x = groups_at<const float>(x, p.along_channels);
  p.out = groups_at<float>(call.out(0), p.along_channels);
  const std::int64_t channels = p.groups * p.channels;
  if (weight) p.weight = vector_at<const float>(call, call.in(1), "weight", {channels});
  if (bias) p.bias = vector_at<const float>(call, call.in(1 + weight), "bias", {channels});
  p.mean = vector_at<float>(call, call.out(1), "mean", {p.samples, p.groups});
  p.rstd = vector_at<float>(call, call.out(2), "rstd", {p.samples, p.groups});
  PhaseUse use;
  if (p.by_rows) use.by_rows = input_bit(0) | kAllOutputs;
  use.row_count = p.samples;
  plan.phase(static_cast<double>(x.size) * 3 * cost::kElement, use);
  plan.flops = static_cast<double>(x.size) * 8;
  return p;
}

NormalizeParams make_normalize_backward(const Call& call, Plan& plan) {
  NormalizeParams p{};
  if (call.param_count() != 3) call.expect_counts(call.input_count(), call.output_count(), 3);
  p.centred = call.integer_param(0, "centred", 0, 1) != 0;
  const bool weight = call.integer_param(1, "weight", 0, 1) != 0;
  const bool affine = call.integer_param(2, "affine", 0, 1) != 0;
  call.expect_counts(4 + weight, affine ? 3 : 1, 3);
  const TensorView &dy = call.in(0), &x = call.in(1);
  p.along_channels = choose_direction(call, {&dy, &x, &call.out(0)});
  measure(p, x);
  p.dy = groups_at<const float>(dy, p.along_channels);
  p.x = groups_at<const float>(x, p.along_channels);
  p.out = groups_at<float>(call.out(0), p.along_channels);
  p.mean = vector_at<float>(call, call.in(2), "mean", {p.samples, p.groups});
  p.rstd = vector_at<float>(call, call.in(3), "rstd", {p.samples, p.groups});
  const std::int64_t channels = p.groups * p.channels;
  if (weight) p.weight = vector_at<const float>(call, call.in(4), "weight", {channels});
  PhaseUse main;
  main.writes = output_bit(0) | kScratch;
  if (p.by_rows) main.by_rows = (kAllInputs & ~input_bit(4)) | output_bit(0);
  main.row_count = p.samples;
  plan.phase(static_cast<double>(x.size) * 6 * cost::kElement, main);
  plan.flops = static_cast<double>(x.size) * 12;
  if (!affine) return p;
  p.dweight = vector_at<float>(call, call.out(1), "dweight", {channels});
  p.dbias = vector_at<float>(call, call.out(2), "dbias", {channels});
  const std::int64_t blocks = (p.samples + Team::kRowBlock - 1) / Team::kRowBlock;
  plan.scratch_bytes = static_cast<std::size_t>(2 * blocks * channels) * sizeof(float);
  plan.phase(static_cast<double>(2 * blocks * channels) * cost::kForeignElement,
             {kScratch, output_bit(1) | output_bit(2)});
  return p;
}

}  // namespace carom
