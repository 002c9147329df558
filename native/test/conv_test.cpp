// Convolutions and pooling against plain loops in double, and what they refuse.
#include <algorithm>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

struct Case {
  std::int64_t images, channels, height, width, filters, kernel_h, kernel_w;
  std::int64_t stride, pad, dilation, groups;

  std::int64_t out(std::int64_t size, std::int64_t kernel) const {
    return (size + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
  }
  std::int64_t out_height() const { return out(height, kernel_h); }
  std::int64_t out_width() const { return out(width, kernel_w); }
  std::vector<double> params() const {
    const auto d = [](std::int64_t x) { return static_cast<double>(x); };
    return {d(stride), d(stride), d(pad), d(pad), d(dilation), d(dilation), d(groups)};
  }
  std::vector<std::int64_t> x() const { return {images, channels, height, width}; }
  std::vector<std::int64_t> weight() const {
    return {filters, channels / groups, kernel_h, kernel_w};
  }
  std::vector<std::int64_t> y() const { return {images, filters, out_height(), out_width()}; }
};

/// Layers of small networks, ragged channels, every option.
const std::vector<Case> kCases = {
    {2, 4, 20, 20, 32, 8, 8, 4, 0, 1, 1}, {3, 32, 9, 9, 64, 4, 4, 2, 0, 1, 1},
    {5, 17, 5, 4, 33, 3, 3, 1, 1, 1, 1},  {1, 3, 7, 9, 5, 3, 2, 2, 2, 2, 1},
    {2, 6, 6, 6, 9, 3, 3, 1, 1, 1, 3},    {4, 5, 4, 4, 5, 2, 2, 1, 0, 1, 5},
    {9, 2, 3, 3, 70, 1, 1, 1, 0, 1, 1},   {0, 3, 4, 4, 2, 2, 2, 1, 0, 1, 1},
    {3, 3, 20, 20, 40, 3, 3, 1, 1, 1, 1}, {7, 40, 14, 14, 5, 3, 3, 1, 1, 1, 1},
    {1, 4, 5, 6, 4, 2, 3, 7, 3, 3, 2}};

/// [N, C, H, W] with the strides of [N, H, W, C].
Operand channels_last(Operand x) {
  const std::int64_t c = x.shape[1], h = x.shape[2], w = x.shape[3];
  x.strides = {h * w * c, 1, w * c, c};
  return x;
}

/// Calls f(x, weight, y) for the places, in row-major order, that belong together.
template <class F>
void each_tap(const Case& t, F f) {
  const std::int64_t channels = t.channels / t.groups, filters = t.filters / t.groups;
  for (std::int64_t n = 0; n < t.images; ++n)
    for (std::int64_t o = 0; o < t.filters; ++o)
      for (std::int64_t p = 0; p < t.out_height(); ++p)
        for (std::int64_t q = 0; q < t.out_width(); ++q)
          for (std::int64_t k = 0; k < channels * t.kernel_h * t.kernel_w; ++k) {
            const std::int64_t c = k / (t.kernel_h * t.kernel_w), r = k / t.kernel_w % t.kernel_h;
            const std::int64_t h = p * t.stride - t.pad + r * t.dilation;
            const std::int64_t w = q * t.stride - t.pad + k % t.kernel_w * t.dilation;
            if (h < 0 || h >= t.height || w < 0 || w >= t.width) continue;
            const std::int64_t channel = o / filters * channels + c;
            f(static_cast<std::size_t>(((n * t.channels + channel) * t.height + h) * t.width + w),
              static_cast<std::size_t>(o * channels * t.kernel_h * t.kernel_w + k),
              static_cast<std::size_t>(((n * t.filters + o) * t.out_height() + p) * t.out_width() +
                                       q));
          }
}

std::vector<double> zeros(const std::vector<std::int64_t>& shape) {
  return std::vector<double>(static_cast<std::size_t>(size_of(shape)));
}

std::vector<double> with(std::vector<double> params, const std::vector<double>& more) {
  params.insert(params.end(), more.begin(), more.end());
  return params;
}

/// relu of the convolution plus bias.
std::vector<double> convolved(const Case& t, const std::vector<float>& x,
                              const std::vector<float>& weight, const std::vector<float>& bias) {
  auto y = zeros(t.y());
  each_tap(t, [&](std::size_t i, std::size_t j, std::size_t k) { y[k] += x[i] * weight[j]; });
  for (std::size_t i = 0; i < y.size(); ++i) {
    const auto pixels = static_cast<std::size_t>(t.out_height() * t.out_width());
    y[i] = std::max(0.0, y[i] + bias[i / pixels % bias.size()]);
  }
  return y;
}

}  // namespace

TEST("conv2d agrees with plain loops, whatever the layout of x") {
  Driver d(setup);
  for (const Case& t : kCases) {
    const Operand weight = d.random(t.weight(), 2), bias = d.random({t.filters}, 3);
    for (const Operand& x : {d.random(t.x(), 1), channels_last(d.random(t.x(), 1))}) {
      const Operand y = channels_last(d.empty(t.y()));
      d.run("conv2d", {x, weight, bias}, {y}, with(t.params(), {1, 1}));
      CHECK_CLOSE(d.read(y), convolved(t, d.read(x), d.read(weight), d.read(bias)), 1e-5, 2e-5);
    }
  }
}

TEST("conv2d converts bytes as it reads them") {
  Driver d(setup);
  const Case t{2, 4, 21, 21, 5, 3, 3, 2, 1, 1, 1};
  std::vector<std::uint8_t> values(static_cast<std::size_t>(size_of(t.x())));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * 37);
  const Operand x = d.bytes(t.x(), values, DType::uint8);
  const Operand weight = d.random(t.weight(), 2), bias = d.random({t.filters}, 3);
  for (const Operand& images : {x, channels_last(x)}) {
    const Operand y = channels_last(d.empty(t.y()));
    d.run("conv2d", {images, weight, bias}, {y}, with(t.params(), {1, 0.5}));
    auto floats = to_floats(d.read_bytes(images));
    for (float& f : floats) f *= 0.5f;
    CHECK_CLOSE(d.read(y), convolved(t, floats, d.read(weight), d.read(bias)), 1e-5, 1e-3);
  }
}

TEST("the gradients of conv2d agree with plain loops") {
  Driver d(setup);
  for (const Case& t : kCases) {
    const Operand x = channels_last(d.random(t.x(), 1)), weight = d.random(t.weight(), 2);
    const Operand y = channels_last(d.random(t.y(), 3)), dy = d.random(t.y(), 4);
    const Operand dx = channels_last(d.empty(t.x())), dweight = d.empty(t.weight());
    const Operand dbias = d.empty({t.filters});
    d.run("conv2dBackward", {x, weight, y, dy}, {dx, dweight, dbias},
          with(t.params(), {1, 1, 1, 1, 1}));
    const auto xs = d.read(x), weights = d.read(weight), ys = d.read(y);
    auto dz = d.read(dy);
    auto x_sum = zeros(t.x()), weight_sum = zeros(t.weight()), bias_sum = zeros({t.filters});
    const auto pixels = static_cast<std::size_t>(t.out_height() * t.out_width());
    for (std::size_t i = 0; i < dz.size(); ++i) {
      if (!(ys[i] > 0)) dz[i] = 0;
      bias_sum[i / pixels % bias_sum.size()] += dz[i];
    }
    each_tap(t, [&](std::size_t i, std::size_t j, std::size_t k) {
      x_sum[i] += dz[k] * weights[j];
      weight_sum[j] += dz[k] * xs[i];
    });
    CHECK_CLOSE(d.read(dx), x_sum, 1e-5, 1e-4);
    CHECK_CLOSE(d.read(dweight), weight_sum, 1e-5, 1e-4);
    CHECK_CLOSE(d.read(dbias), bias_sum, 1e-5, 1e-4);
  }
}

TEST("convTranspose2d and conv2dWeight are the gradients of conv2d") {
  Driver d(setup);
  for (const Case& t : kCases) {
    const Operand x = d.random(t.x(), 1), weight = d.random(t.weight(), 2);
    const Operand y = channels_last(d.random(t.y(), 3));
    const Operand dx = channels_last(d.empty(t.x())), dweight = d.empty(t.weight());
    const Operand bias = d.random({t.channels}, 4);
    d.run("convTranspose2d", {y, weight, bias}, {dx}, t.params());
    d.run("conv2dWeight", {x, y}, {dweight}, with(t.params(), {1}));
    const auto xs = d.read(x), weights = d.read(weight), ys = d.read(y), biases = d.read(bias);
    auto x_sum = zeros(t.x()), weight_sum = zeros(t.weight());
    each_tap(t, [&](std::size_t i, std::size_t j, std::size_t k) {
      x_sum[i] += ys[k] * weights[j];
      weight_sum[j] += ys[k] * xs[i];
    });
    for (std::size_t i = 0; i < x_sum.size(); ++i)
      x_sum[i] += biases[i / static_cast<std::size_t>(t.height * t.width) % biases.size()];
    CHECK_CLOSE(d.read(dx), x_sum, 1e-5, 1e-4);
    CHECK_CLOSE(d.read(dweight), weight_sum, 1e-5, 1e-4);
  }
}

TEST("convolutions refuse operands that do not fit") {
  Driver d(setup);
  const Operand x = d.random({1, 4, 6, 6}, 1), weight = d.random({2, 4, 3, 3}, 2);
  const Operand y = channels_last(d.empty({1, 2, 4, 4}));
  const auto params = [](double stride, double groups) {
    return std::vector<double>{stride, stride, 0, 0, 1, 1, groups, 0, 1};
  };
  d.run("conv2d", {x, weight}, {y}, params(1, 1));
  CHECK_ERROR(invalid_argument, d.run("conv2d", {x, weight}, {y}, params(0, 1)));
  CHECK_ERROR(shape_mismatch, d.run("conv2d", {x, weight}, {y}, params(1, 2)));
  CHECK_ERROR(shape_mismatch, d.run("conv2d", {x, weight, x}, {y}, params(1, 1)));
  CHECK_ERROR(invalid_argument,
              d.run("conv2d", {x, weight}, {d.empty({1, 2, 4, 4})}, params(1, 1)));
  CHECK_ERROR(invalid_argument, d.run("conv2d", {x, weight}, {y},
                                      {1 << 24, 1 << 24, 1 << 24, 1 << 24, 1, 1, 1, 0, 1}));
  CHECK_ERROR(shape_mismatch,
              d.run("conv2d", {x, weight}, {channels_last(d.empty({1, 2, 0, 4}))}, params(1, 1)));
}

TEST("pooling agrees with plain loops and reports places that do not exist") {
  Driver d(setup);
  for (const Case& t :
       {Case{2, 5, 7, 6, 5, 2, 2, 2, 0, 1, 1}, Case{1, 33, 5, 5, 33, 3, 3, 2, 1, 1, 1}}) {
    const Operand x = d.random(t.x(), 1), y = channels_last(d.empty(t.y()));
    const Operand index = channels_last(d.empty(t.y(), DType::int32));
    const double k = static_cast<double>(t.kernel_h), s = static_cast<double>(t.stride);
    const double pad = static_cast<double>(t.pad);
    const std::vector<double> params = {k, k, s, s, pad, pad, 1, 1};
    Case depthwise = t;
    depthwise.groups = t.channels;
    const auto xs = d.read(x);
    auto best = zeros(t.y()), sums = zeros(t.y()), spread = zeros(t.x());
    std::fill(best.begin(), best.end(), -10.0);
    each_tap(depthwise, [&](std::size_t i, std::size_t, std::size_t j) {
      best[j] = std::max(best[j], static_cast<double>(xs[i]));
      sums[j] += xs[i] / (k * k);
      spread[i] += 1 / (k * k);
    });
    d.run("maxPool2d", {x}, {y, index}, params);
    CHECK_CLOSE(d.read(y), best, 0, 0);
    const Operand picked = channels_last(d.empty(t.y())), dx = channels_last(d.empty(t.x()));
    d.run("maxPool2dPick", {x, index}, {picked}, params);
    CHECK_CLOSE(d.read(picked), best, 0, 0);
    d.run("maxPool2dBackward", {y, index}, {dx}, params);
    const auto places = d.read_ints(index);
    auto routed = zeros(t.x());
    const auto in = static_cast<std::size_t>(t.height * t.width);
    const auto out = static_cast<std::size_t>(t.out_height() * t.out_width());
    for (std::size_t i = 0; i < places.size(); ++i)
      routed[i / out * in + static_cast<std::size_t>(places[i])] += best[i];
    CHECK_CLOSE(d.read(dx), routed, 1e-5, 1e-6);
    // Places outside of their windows count as well.
    d.run("fill", {}, {index}, {1});
    d.run("maxPool2dBackward", {y, index}, {dx}, params);
    routed.assign(routed.size(), 0);
    for (std::size_t i = 0; i < places.size(); ++i) routed[i / out * in + 1] += best[i];
    CHECK_CLOSE(d.read(dx), routed, 1e-5, 1e-5);
    d.run("avgPool2d", {x}, {y}, with(params, {1}));
    CHECK_CLOSE(d.read(y), sums, 1e-5, 1e-6);
    d.run("fill", {}, {y}, {1});
    d.run("avgPool2dBackward", {y}, {dx}, with(params, {1}));
    CHECK_CLOSE(d.read(dx), spread, 1e-5, 1e-6);
    d.run("fill", {}, {index}, {1000});
    CHECK_ERROR(invalid_argument, d.run("maxPool2dBackward", {y, index}, {dx}, params));
    CHECK_ERROR(invalid_argument, d.run("maxPool2dPick", {x, index}, {y}, params));
  }
}

TEST("parts of the gradients of conv2d alone, of bytes, through tanh") {
  Driver d(setup);
  const Case t{5, 4, 19, 17, 6, 3, 3, 2, 1, 1, 2};
  std::vector<std::uint8_t> values(static_cast<std::size_t>(size_of(t.x())));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * 37);
  const Operand x = d.bytes(t.x(), values, DType::uint8), weight = d.random(t.weight(), 2);
  const Operand y = channels_last(d.random(t.y(), 3)), dy = d.random(t.y(), 4);
  const Operand dweight = d.empty(t.weight()), dbias = d.empty({t.filters});
  d.run("conv2dBackward", {x, weight, y, dy}, {dweight}, with(t.params(), {2, 0.5, 0, 1, 0}));
  d.run("conv2dBackward", {x, weight, y, dy}, {dbias}, with(t.params(), {2, 0.5, 0, 0, 1}));
  const auto ys = d.read(y), dys = d.read(dy);
  auto dz = zeros(t.y()), weight_sum = zeros(t.weight()), bias_sum = zeros({t.filters});
  const auto pixels = static_cast<std::size_t>(t.out_height() * t.out_width());
  for (std::size_t i = 0; i < dz.size(); ++i) {
    dz[i] = dys[i] * (1 - static_cast<double>(ys[i]) * ys[i]);
    bias_sum[i / pixels % bias_sum.size()] += dz[i];
  }
  each_tap(t, [&](std::size_t i, std::size_t j, std::size_t k) {
    weight_sum[j] += dz[k] * 0.5 * values[i];
  });
  CHECK_CLOSE(d.read(dweight), weight_sum, 1e-5, 1e-2);
  CHECK_CLOSE(d.read(dbias), bias_sum, 1e-5, 1e-4);
}
