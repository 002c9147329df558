// Pooling, a vector of channels at a time. Forward shares rows of y among the ranks, backward
// images, since windows may overlap.
#include "ops/pool2d.h"

#include <cstring>
#include <limits>

#include "core/fault.h"
#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// The taps of one window that lie inside of the image: rows h, h + dilation, ... below h_end.
struct Window {
  std::int64_t h, h_end, w, w_end;

  CAROM_INLINE Window(const Pool2dParams& p, std::int64_t row, std::int64_t column) {
    clip(row * p.stride_h - p.pad_top, p.kernel_h, p.dilation_h, p.height, h, h_end);
    clip(column * p.stride_w - p.pad_left, p.kernel_w, p.dilation_w, p.width, w, w_end);
  }
  static CAROM_INLINE void clip(std::int64_t first, std::int64_t kernel, std::int64_t dilation,
                                std::int64_t size, std::int64_t& begin, std::int64_t& end) {
    end = first + (kernel - 1) * dilation + 1;
    if (end > size) end = size;
    begin = first < 0 ? first + (-first + dilation - 1) / dilation * dilation : first;
  }
  CAROM_INLINE std::int64_t taps(const Pool2dParams& p) const {
    const std::int64_t rows = (h_end - h + p.dilation_h - 1) / p.dilation_h;
    const std::int64_t columns = (w_end - w + p.dilation_w - 1) / p.dilation_w;
    return rows > 0 && columns > 0 ? rows * columns : 0;
  }
};

/// Calls f(n, row, column, first channel, lanes) for every vector of this rank's rows of y.
template <class F>
CAROM_INLINE void each_vector(const Pool2dParams& p, Range rows, F f) {
  for (std::int64_t unit = rows.begin; unit < rows.end; ++unit) {
    const std::int64_t n = unit / p.out_height, row = unit % p.out_height;
    for (std::int64_t column = 0; column < p.out_width; ++column) {
      const Window window(p, row, column);
      for (std::int64_t c = 0; c < p.channels; c += kLanes) {
        const int lanes = p.channels - c < kLanes ? static_cast<int>(p.channels - c) : kLanes;
        f(window, n, row, column, c, lanes);
      }
    }
  }
}

CAROM_INLINE std::int64_t place(const Strided4& at, std::int64_t n, std::int64_t c, std::int64_t h,
                                std::int64_t w) {
  return n * at.stride[0] + c * at.stride[1] + h * at.stride[2] + w * at.stride[3];
}

/// The same in an output, whose strides are those of its extents.
CAROM_INLINE std::int64_t packed_place(const Pool2dParams& p, const Strided4& at, std::int64_t n,
                                       std::int64_t c, std::int64_t h, std::int64_t w,
                                       std::int64_t width) {
  return n * at.stride[0] + (h * width + w) * p.channels + c;
}

float mean_factor(const Pool2dParams& p, const Window& window) {
  const std::int64_t count = p.count_border ? p.kernel_h * p.kernel_w : window.taps(p);
  return 1.0f / static_cast<float>(count);
}

}  // namespace

void max_pool2d(const Pool2dParams& p, const Team& team) {
  each_vector(p, team.share(p.images * p.out_height),
              [&](const Window& window, std::int64_t n, std::int64_t row, std::int64_t column,
                  std::int64_t c, int lanes) {
    Vec best = splat(-std::numeric_limits<float>::infinity());
    const std::int64_t first = window.taps(p) > 0 ? window.h * p.width + window.w : 0;
    VecI index = VecI{} + static_cast<std::int32_t>(first);
    for (std::int64_t h = window.h; h < window.h_end; h += p.dilation_h) {
      for (std::int64_t w = window.w; w < window.w_end; w += p.dilation_w) {
        const float* x = p.x.floats() + place(p.x, n, c, h, w);
        const Vec v = gather_first(x, p.x.stride[1], lanes);
        const VecI take = (v > best) | (v != v);
        best = take ? v : best;
        index = take ? VecI{} + static_cast<std::int32_t>(h * p.width + w) : index;
      }
    }
    store_first(p.y.out() + packed_place(p, p.y, n, c, row, column, p.out_width), best, lanes);
    auto* to = reinterpret_cast<std::int32_t*>(p.index.data);
    store_first(to + packed_place(p, p.index, n, c, row, column, p.out_width), index, lanes);
  });
}

void avg_pool2d(const Pool2dParams& p, const Team& team) {
  each_vector(p, team.share(p.images * p.out_height),
              [&](const Window& window, std::int64_t n, std::int64_t row, std::int64_t column,
                  std::int64_t c, int lanes) {
    Vec sum = {};
    for (std::int64_t h = window.h; h < window.h_end; h += p.dilation_h) {
      for (std::int64_t w = window.w; w < window.w_end; w += p.dilation_w) {
        sum += gather_first(p.x.floats() + place(p.x, n, c, h, w), p.x.stride[1], lanes);
      }
    }
    sum *= mean_factor(p, window);
    store_first(p.y.out() + packed_place(p, p.y, n, c, row, column, p.out_width), sum, lanes);
  });
}

namespace {

void clear_image(const Pool2dParams& p, std::int64_t n) {
  std::memset(p.x.out() + n * p.x.stride[0], 0,
              static_cast<std::size_t>(p.height * p.width * p.channels) * sizeof(float));
}

}  // namespace

namespace {

/// Calls f(c, row, column, index) for every saved place of image n; one that is out of range is
/// reported and given as -1.
template <class F>
CAROM_INLINE void each_place(const Pool2dParams& p, const Team& team, const char* op,
                             std::int64_t n, F f) {
  const auto* indices = reinterpret_cast<const std::int32_t*>(p.index.data);
  const std::int64_t places = p.height * p.width;
  for (std::int64_t pixel = 0; pixel < p.out_height * p.out_width; ++pixel) {
    const std::int64_t row = pixel / p.out_width, column = pixel % p.out_width;
    for (std::int64_t c = 0; c < p.channels; ++c) {
      std::int64_t index = indices[place(p.index, n, c, row, column)];
      if (index < 0 || index >= places) {
        team.fault->raise(op, pixel, index, places);
        index = -1;
      }
      f(c, row, column, index);
    }
  }
}

}  // namespace

void max_pool2d_backward(const Pool2dParams& p, const Team& team) {
  const Range mine = team.share(p.images);
  for (std::int64_t n = mine.begin; n < mine.end; ++n) {
    clear_image(p, n);
    float* dx = p.x.out() + n * p.x.stride[0];
    each_place(p, team, "maxPool2dBackward", n,
               [&](std::int64_t c, std::int64_t row, std::int64_t column, std::int64_t index) {
                 if (index < 0) return;
                 dx[index * p.channels + c] += p.y.floats()[place(p.y, n, c, row, column)];
               });
  }
}

void max_pool2d_pick(const Pool2dParams& p, const Team& team) {
  const Range mine = team.share(p.images);
  for (std::int64_t n = mine.begin; n < mine.end; ++n) {
    each_place(p, team, "maxPool2dPick", n,
               [&](std::int64_t c, std::int64_t row, std::int64_t column, std::int64_t index) {
                 float& y = p.y.out()[packed_place(p, p.y, n, c, row, column, p.out_width)];
                 y = 0;
                 if (index < 0) return;
                 y = p.x.floats()[place(p.x, n, c, index / p.width, index % p.width)];
               });
  }
}

void avg_pool2d_backward(const Pool2dParams& p, const Team& team) {
  const Range mine = team.share(p.images);
  for (std::int64_t n = mine.begin; n < mine.end; ++n) clear_image(p, n);
  each_vector(p, {mine.begin * p.out_height, mine.end * p.out_height},
              [&](const Window& window, std::int64_t n, std::int64_t row, std::int64_t column,
                  std::int64_t c, int lanes) {
    const float* dy = p.y.floats() + place(p.y, n, c, row, column);
    const Vec share = gather_first(dy, p.y.stride[1], lanes) * mean_factor(p, window);
    for (std::int64_t h = window.h; h < window.h_end; h += p.dilation_h) {
      for (std::int64_t w = window.w; w < window.w_end; w += p.dilation_w) {
        float* dx = p.x.out() + packed_place(p, p.x, n, c, h, w, p.width);
        store_first(dx, load_first(dx, lanes) + share, lanes);
      }
    }
  });
}

}  // namespace carom::cpu::CAROM_ISA
