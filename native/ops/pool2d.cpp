#include "ops/pool2d.h"

namespace carom {
namespace {

constexpr std::int64_t kMaxSide = std::int64_t{1} << 24;
constexpr int kWindowParams = 8;

Pool2dParams read_windows(const Call& call, const TensorView& x, const TensorView& y) {
  call.expect_rank(x, "x", 4);
  call.expect_rank(y, "y", 4);
  Pool2dParams p{};
  p.images = x.shape[0], p.channels = x.shape[1], p.height = x.shape[2], p.width = x.shape[3];
  p.out_height = y.shape[2], p.out_width = y.shape[3];
  p.kernel_h = call.integer_param(0, "kernel", 1, kMaxSide);
  p.kernel_w = call.integer_param(1, "kernel", 1, kMaxSide);
  p.stride_h = call.integer_param(2, "stride", 1, kMaxSide);
  p.stride_w = call.integer_param(3, "stride", 1, kMaxSide);
  p.pad_top = call.integer_param(4, "padding", 0, p.kernel_h / 2);
  p.pad_left = call.integer_param(5, "padding", 0, p.kernel_w / 2);
  p.dilation_h = call.integer_param(6, "dilation", 1, kMaxSide);
  p.dilation_w = call.integer_param(7, "dilation", 1, kMaxSide);
  call.expect_shape(y, "y", {p.images, p.channels, p.out_height, p.out_width});
  const auto reach = [](std::int64_t count, std::int64_t stride, std::int64_t kernel,
                        std::int64_t dilation) {
    return (count - 1) * stride + (kernel - 1) * dilation + 1;
  };
  // A sum of products below 2^49: it cannot overflow.
  if (p.out_height > kMaxSide || p.out_width > kMaxSide || p.out_height == 0 || p.out_width == 0 ||
      reach(p.out_height, p.stride_h, p.kernel_h, p.dilation_h) > p.height + 2 * p.pad_top ||
      reach(p.out_width, p.stride_w, p.kernel_w, p.dilation_w) > p.width + 2 * p.pad_left) {
    call.fail(ErrorCode::shape_mismatch, "windows do not fit (x ", x.shape_text(), ", y ",
              y.shape_text(), ")");
  }
  if (p.height * p.width > (std::int64_t{1} << 31) - 1)
    call.fail(ErrorCode::invalid_argument, "an image is too large (x ", x.shape_text(), ")");
  return p;
}

Strided4 any_layout(const Call& call, const TensorView& view, const char* name, DType dtype) {
  call.expect_dtype(view, name, dtype);
  Strided4 at{view.data, view.dtype, {}};
  for (int d = 0; d < 4; ++d) at.stride[d] = view.strides[d];
  return at;
}

Strided4 channels_last(const Call& call, const TensorView& view, const char* name,
                       DType dtype = DType::float32) {
  const Strided4 at = any_layout(call, view, name, dtype);
  const std::int64_t channels = view.shape[1], width = view.shape[3];
  const bool fits = (channels <= 1 || at.stride[1] == 1) &&
                    (width <= 1 || at.stride[3] == channels) &&
                    (view.shape[2] <= 1 || at.stride[2] == channels * width);
  if (fits || view.size == 0) return at;
  call.fail(ErrorCode::invalid_argument, name, " must be channels-last (", view.shape_text(), ")");
}

void plan_windows(const Pool2dParams& p, const TensorView& y, Plan& plan) {
  const double elements = static_cast<double>(y.size) * static_cast<double>(p.kernel_h) *
                          static_cast<double>(p.kernel_w);
  plan.flops = elements;
  plan.phase(elements * cost::kElement + static_cast<double>(y.size));
}

}  // namespace

Pool2dParams make_max_pool2d(const Call& call, Plan& plan) {
  call.expect_counts(1, 2, kWindowParams);
  Pool2dParams p = read_windows(call, call.in(0), call.out(0));
  p.x = any_layout(call, call.in(0), "x", DType::float32);
  p.y = channels_last(call, call.out(0), "y");
  call.expect_same_shape(call.out(1), "index", call.out(0));
  p.index = channels_last(call, call.out(1), "index", DType::int32);
  plan_windows(p, call.out(0), plan);
  return p;
}

Pool2dParams make_max_pool2d_backward(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, kWindowParams);
  Pool2dParams p = read_windows(call, call.out(0), call.in(0));
  p.x = channels_last(call, call.out(0), "dx");
  p.y = any_layout(call, call.in(0), "dy", DType::float32);
  call.expect_same_shape(call.in(1), "index", call.in(0));
  p.index = any_layout(call, call.in(1), "index", DType::int32);
  plan_windows(p, call.in(0), plan);
  return p;
}

Pool2dParams make_max_pool2d_pick(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, kWindowParams);
  Pool2dParams p = read_windows(call, call.in(0), call.out(0));
  p.x = any_layout(call, call.in(0), "x", DType::float32);
  p.y = channels_last(call, call.out(0), "y");
  call.expect_same_shape(call.in(1), "index", call.out(0));
  p.index = any_layout(call, call.in(1), "index", DType::int32);
  plan_windows(p, call.out(0), plan);
  return p;
}

Pool2dParams make_avg_pool2d(const Call& call, Plan& plan) {
  call.expect_counts(1, 1, kWindowParams + 1);
  Pool2dParams p = read_windows(call, call.in(0), call.out(0));
  p.x = any_layout(call, call.in(0), "x", DType::float32);
  p.y = channels_last(call, call.out(0), "y");
  p.count_border = call.integer_param(kWindowParams, "flag", 0, 1) == 1;
  plan_windows(p, call.out(0), plan);
  return p;
}

Pool2dParams make_avg_pool2d_backward(const Call& call, Plan& plan) {
  call.expect_counts(1, 1, kWindowParams + 1);
  Pool2dParams p = read_windows(call, call.out(0), call.in(0));
  p.x = channels_last(call, call.out(0), "dx");
  p.y = any_layout(call, call.in(0), "dy", DType::float32);
  p.count_border = call.integer_param(kWindowParams, "flag", 0, 1) == 1;
  plan_windows(p, call.in(0), plan);
  return p;
}

}  // namespace carom
