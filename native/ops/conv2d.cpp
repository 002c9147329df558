#include "ops/conv2d.h"

#include <algorithm>
#include <thread>

namespace carom {
namespace {

constexpr std::int64_t kMaxSide = std::int64_t{1} << 24;
constexpr int kCommonParams = 7;
/// Floats of an image (or band) that stay in the second-level cache beside everything else.
constexpr std::int64_t kCachedFloats = 64 * 1024;

Strided4 strided(const Call& call, const TensorView& view, const char* name) {
  call.expect_rank(view, name, 4);
  Strided4 out{view.data, view.dtype, {}};
  for (int d = 0; d < 4; ++d) out.stride[d] = view.strides[d];
  // The stride of a dimension of one element is never used: take the one that makes it dense.
  if (view.shape[1] <= 1) out.stride[1] = 1;
  if (view.shape[3] <= 1) out.stride[3] = view.shape[1];
  if (view.shape[2] <= 1) out.stride[2] = view.shape[3] * view.shape[1];
  return out;
}

/// Channels-last, without gaps inside an image.
bool is_packed(const Strided4& at, std::int64_t channels, std::int64_t width) {
  return at.stride[1] == 1 && at.stride[3] == channels && at.stride[2] == channels * width;
}

Strided4 packed_view(const Call& call, const TensorView& view, const char* name) {
  call.expect_dtype(view, name, DType::float32);
  const Strided4 at = strided(call, view, name);
  if (is_packed(at, view.shape[1], view.shape[3]) || view.size == 0) return at;
  call.fail(ErrorCode::invalid_argument, name, " must be channels-last (", view.shape_text(), ")");
}

/// Everything that is worked out from the sizes later fits 64 bits.
void check_extent(const Call& call, const ConvShape& s) {
  const auto rows = static_cast<double>(std::max(s.pad_top + s.height, s.reach_h(s.out_height)));
  const auto columns = static_cast<double>(std::max(s.pad_left + s.width, s.reach_w()));
  if (rows * columns * static_cast<double>(s.channels) > 1e11)
    call.fail(ErrorCode::invalid_argument, "an image with its border is too large");
}

/// Reads sizes from the views of x, weight and y, and the common parameters; checks that they fit.
ConvShape read_shape(const Call& call, const TensorView& x, const TensorView& weight,
                     const TensorView& y) {
  call.expect_rank(x, "x", 4);
  call.expect_rank(weight, "weight", 4);
  call.expect_rank(y, "y", 4);
  ConvShape s{};
  s.images = x.shape[0], s.channels = x.shape[1], s.height = x.shape[2], s.width = x.shape[3];
  s.filters = y.shape[1], s.out_height = y.shape[2], s.out_width = y.shape[3];
  s.kernel_h = weight.shape[2], s.kernel_w = weight.shape[3];
  s.stride_h = call.integer_param(0, "stride", 1, kMaxSide);
  s.stride_w = call.integer_param(1, "stride", 1, kMaxSide);
  s.pad_top = call.integer_param(2, "padding", 0, kMaxSide);
  s.pad_left = call.integer_param(3, "padding", 0, kMaxSide);
  s.dilation_h = call.integer_param(4, "dilation", 1, kMaxSide);
  s.dilation_w = call.integer_param(5, "dilation", 1, kMaxSide);
  s.groups = call.integer_param(6, "groups", 1, kMaxSide);
  if (s.channels % s.groups != 0 || s.filters % s.groups != 0 || s.kernel_h == 0 ||
      s.kernel_w == 0) {
    call.fail(ErrorCode::shape_mismatch, "channels do not divide into ", s.groups, " groups (x ",
              x.shape_text(), ", weight ", weight.shape_text(), ", y ", y.shape_text(), ")");
  }
  call.expect_shape(weight, "weight", {s.filters, s.group_channels(), s.kernel_h, s.kernel_w});
  for (int d = 0; d < 4; ++d) {
    if (std::max({x.shape[d], weight.shape[d], y.shape[d]}) > kMaxSide)
      call.fail(ErrorCode::shape_mismatch, "a side is too long (x ", x.shape_text(), ")");
  }
  if (y.shape[0] != s.images) {
    call.fail(ErrorCode::shape_mismatch, "numbers of images differ (x ", x.shape_text(), ", y ",
              y.shape_text(), ")");
  }
  if (s.out_height == 0 || s.out_width == 0)
    call.fail(ErrorCode::shape_mismatch, "the result is empty (", y.shape_text(), ")");
  check_extent(call, s);
  return s;
}

double flops(const ConvShape& s) {
  return 2.0 * static_cast<double>(s.images) * static_cast<double>(s.filters) *
         static_cast<double>(s.pixels()) * static_cast<double>(s.depth());
}

std::int64_t hardware_slots() {
  static const std::int64_t slots = std::max(1u, std::thread::hardware_concurrency());
  return slots;
}

/// Whether a filter never reaches outside of an image.
bool stays_inside(const ConvShape& s) {
  return s.pad_top == 0 && s.pad_left == 0 && s.reach_h(s.out_height) <= s.height &&
         s.reach_w() <= s.width;
}

bool readable(const Conv2dParams& p) {
  return stays_inside(p.shape) && p.x.dtype == DType::float32 && p.x.stride[1] == 1;
}

void read_x(const Call& call, const TensorView& x, Conv2dParams& p, double scale) {
  if (x.dtype != DType::uint8) call.expect_dtype(x, "x", DType::float32);
  p.x = strided(call, x, "x");
  p.scale = static_cast<float>(scale);
}

void read_bias(const Call& call, int input, std::int64_t count, Conv2dParams& p) {
  if (call.input_count() <= input) return;
  const TensorView& bias = call.in(input);
  call.expect_dtype(bias, "bias", DType::float32);
  call.expect_shape(bias, "bias", {count});
  call.expect_contiguous(bias, "bias");
  p.bias = bias.as<const float>();
}

/// Throws where the scratch would be absurd; returns its bytes.
std::size_t scratch_bytes(const Call& call, const Conv2dParams& p) {
  const double floats = static_cast<double>(p.packed) +
                        static_cast<double>(p.pieces) * static_cast<double>(p.partial) +
                        static_cast<double>(p.slots) * static_cast<double>(p.buffer);
  if (floats > 1e11) call.fail(ErrorCode::invalid_argument, "needs too large a buffer");
  return static_cast<std::size_t>(p.packed + p.pieces * p.partial + p.slots * p.buffer) *
         sizeof(float);
}

void plan_forward(const Call& call, Conv2dParams& p, Plan& plan) {
  const ConvShape& s = p.shape;
  p.x_direct = readable(p);
  p.buffer_w = s.reach_w();
  // Bands: enough of them for a few threads, small enough for the cache where x is loaded.
  p.band_rows = s.out_height;
  const auto floats = [&](std::int64_t rows) { return s.reach_h(rows) * p.buffer_w * s.channels; };
  while (p.band_rows > 1 && ((s.images < 16 && p.band_rows * s.out_width * s.images > 512) ||
                             (!p.x_direct && floats(p.band_rows) > kCachedFloats))) {
    p.band_rows = (p.band_rows + 1) / 2;
  }
  p.bands = p.band_rows == 0 ? 0 : (s.out_height + p.band_rows - 1) / p.band_rows;
  p.buffer_h = p.band_rows == 0 ? 0 : s.reach_h(p.band_rows);
  p.slots = std::min(hardware_slots(), std::max<std::int64_t>(1, s.images * p.bands));
  p.packed = s.groups * s.depth() * conv_columns(s);
  p.buffer = p.x_direct ? 0 : padded_columns(p.buffer_h * p.buffer_w * s.channels);
  plan.scratch_bytes = scratch_bytes(call, p);
  plan.flops = flops(s);
  PhaseUse pack;
  pack.reads = input_bit(1);
  pack.writes = kScratch;
  plan.phase(static_cast<double>(p.packed) * cost::kStridedElement, pack);
  PhaseUse main;
  main.reads = kAllInputs | kScratch;
  main.writes = kAllOutputs | kScratch;
  plan.phase(flops(s) * cost::kFlop, main);
}

void size_buffers(Conv2dParams& p) {
  const ConvShape& s = p.shape;
  const bool weights = p.dweight.data != nullptr, input = p.dx.data != nullptr;
  p.buffer_h = std::max(s.pad_top + s.height, s.reach_h(s.out_height));
  p.buffer_w = std::max(s.pad_left + s.width, s.reach_w());
  const std::int64_t image = padded_columns(p.buffer_h * p.buffer_w * s.channels);
  const std::int64_t dz = padded_columns(s.pixels() * s.filters);
  // Several images at once keep the sums of small images in registers for longer.
  const std::int64_t largest = std::max<std::int64_t>({image, dz, 1});
  const std::int64_t room = std::max<std::int64_t>(1, 2 * kCachedFloats / largest);
  const std::int64_t wish = weights ? std::max<std::int64_t>(1, 200 / (s.pixels() + 1)) : 1;
  p.group_images = std::min({room, wish, std::max<std::int64_t>(1, s.images)});
  const std::int64_t finest = std::max<std::int64_t>(4, p.group_images);
  const bool sums = weights || p.dbias != nullptr;
  p.pieces = sums ? std::clamp<std::int64_t>(s.images / finest, 1, 16) : s.images;
  p.slots = std::min(hardware_slots(), std::max<std::int64_t>(1, p.pieces));
  p.packed = input ? s.groups * s.group_filters() * s.kernel_h * s.kernel_w *
                         padded_columns(s.group_channels())
                   : 0;
  p.partial = weights ? s.groups * s.depth() * conv_columns(s) : 0;
  if (p.dbias != nullptr) p.partial += padded_columns(s.filters);
  p.buffer = 0;
  if (!p.dz_direct) p.buffer += p.group_images * dz + 64;
  if (weights && !p.x_direct) p.buffer += p.group_images * image;
  if (input && !p.dx_direct) p.buffer += image;
}

void plan_backward(const Call& call, Conv2dParams& p, Plan& plan) {
  const ConvShape& s = p.shape;
  p.x_direct = readable(p);
  p.dx_direct = stays_inside(s);
  p.dz_direct = p.activation == Activation::none && p.dbias == nullptr &&
                s.group_filters() % kGemmColumns == 0 &&
                is_packed(p.dy, s.filters, s.out_width);
  size_buffers(p);
  if (p.dweight.data == nullptr && p.dbias == nullptr) p.partial = 0;
  plan.scratch_bytes = scratch_bytes(call, p);
  const bool weights = p.dweight.data != nullptr, input = p.dx.data != nullptr;
  plan.flops = flops(s) * ((weights ? 1 : 0) + (input ? 1 : 0));
  PhaseUse pack;
  pack.writes = kScratch;
  plan.phase(static_cast<double>(p.packed) * cost::kStridedElement, pack);
  PhaseUse main;
  main.reads = kAllInputs | kScratch;
  main.writes = kAllOutputs | kScratch;
  const double work = plan.flops * cost::kFlop;
  plan.phase(work + static_cast<double>(s.images * s.pixels() * s.filters) * cost::kElement, main);
  PhaseUse sum;
  sum.reads = kScratch;
  plan.phase(static_cast<double>(p.pieces * p.partial) * cost::kForeignElement, sum);
}

}  // namespace

Conv2dParams make_conv2d(const Call& call, Plan& plan) {
  const bool has_bias = call.input_count() == 3;
  call.expect_counts(has_bias ? 3 : 2, 1, kCommonParams + 2);
  Conv2dParams p{};
  p.shape = read_shape(call, call.in(0), call.in(1), call.out(0));
  p.activation =
      static_cast<Activation>(call.integer_param(kCommonParams, "activation", 0, 2));
  read_x(call, call.in(0), p, call.param(kCommonParams + 1));
  call.expect_dtype(call.in(1), "weight", DType::float32);
  p.weight = strided(call, call.in(1), "weight");
  read_bias(call, 2, p.shape.filters, p);
  p.y = packed_view(call, call.out(0), "y");
  plan_forward(call, p, plan);
  return p;
}

Conv2dParams make_conv_transpose2d(const Call& call, Plan& plan) {
  const bool has_bias = call.input_count() == 3;
  call.expect_counts(has_bias ? 3 : 2, 1, kCommonParams);
  Conv2dParams p{};
  p.shape = read_shape(call, call.out(0), call.in(1), call.in(0));
  p.scale = 1;
  for (int i = 0; i < 2; ++i) call.expect_dtype(call.in(i), "an operand", DType::float32);
  p.dy = strided(call, call.in(0), "x");
  p.weight = strided(call, call.in(1), "weight");
  read_bias(call, 2, p.shape.channels, p);
  p.dx = packed_view(call, call.out(0), "y");
  plan_backward(call, p, plan);
  return p;
}

Conv2dParams make_conv2d_weight(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, kCommonParams + 1);
  Conv2dParams p{};
  p.shape = read_shape(call, call.in(0), call.out(0), call.in(1));
  read_x(call, call.in(0), p, call.param(kCommonParams));
  call.expect_dtype(call.in(1), "dz", DType::float32);
  p.dy = strided(call, call.in(1), "dz");
  call.expect_dtype(call.out(0), "dweight", DType::float32);
  p.dweight = strided(call, call.out(0), "dweight");
  plan_backward(call, p, plan);
  return p;
}

Conv2dParams make_conv2d_backward(const Call& call, Plan& plan) {
  const int at = kCommonParams;
  call.expect_counts(4, call.output_count(), at + 5);
  Conv2dParams p{};
  p.shape = read_shape(call, call.in(0), call.in(1), call.in(3));
  p.activation = static_cast<Activation>(call.integer_param(at, "activation", 0, 2));
  read_x(call, call.in(0), p, call.param(at + 1));
  call.expect_dtype(call.in(1), "weight", DType::float32);
  p.weight = strided(call, call.in(1), "weight");
  call.expect_dtype(call.in(3), "dy", DType::float32);
  p.dy = strided(call, call.in(3), "dy");
  if (p.activation != Activation::none) {
    call.expect_same_shape(call.in(2), "y", call.in(3));
    p.y = packed_view(call, call.in(2), "y");
  }
  bool wanted[3];
  int outputs = 0;
  for (int i = 0; i < 3; ++i) wanted[i] = call.integer_param(at + 2 + i, "flag", 0, 1) == 1;
  call.expect_counts(4, wanted[0] + wanted[1] + wanted[2], at + 5);
  if (wanted[0]) {
    call.expect_same_shape(call.out(outputs), "dx", call.in(0));
    p.dx = packed_view(call, call.out(outputs++), "dx");
  }
  if (wanted[1]) {
    const TensorView& dweight = call.out(outputs++);
    call.expect_same_shape(dweight, "dweight", call.in(1));
    call.expect_dtype(dweight, "dweight", DType::float32);
    p.dweight = strided(call, dweight, "dweight");
  }
  if (wanted[2]) {
    const TensorView& dbias = call.out(outputs++);
    call.expect_shape(dbias, "dbias", {p.shape.filters});
    call.expect_dtype(dbias, "dbias", DType::float32);
    call.expect_contiguous(dbias, "dbias");
    p.dbias = dbias.as<float>();
  }
  plan_backward(call, p, plan);
  return p;
}

}  // namespace carom
