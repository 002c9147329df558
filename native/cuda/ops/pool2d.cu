// Pooling: one thread for each element of the result, channels fastest, as they lie in it. Gradients
// are gathered: a pixel adds the windows that it is in, in their order.
#include "cuda/launch.h"
#include "ops/pool2d.h"

namespace carom::cuda {
namespace {

struct Report {
  FaultRecord* fault;
  const char* op;
};

struct Position {
  std::int64_t n, h, w, c;
};

/// Position of element i of [images, height, width, channels].
template <class Index>
CAROM_DEVICE Position position_of(std::int64_t i, std::int64_t height, std::int64_t width,
                                  std::int64_t channels) {
  const Index at = static_cast<Index>(i), pixel = at / static_cast<Index>(channels);
  const Index row = pixel / static_cast<Index>(width), image = row / static_cast<Index>(height);
  return {static_cast<std::int64_t>(image),
          static_cast<std::int64_t>(row - image * static_cast<Index>(height)),
          static_cast<std::int64_t>(pixel - row * static_cast<Index>(width)),
          static_cast<std::int64_t>(at - pixel * static_cast<Index>(channels))};
}

/// Where an element of an input lies.
CAROM_DEVICE std::int64_t place(const Strided4& at, const Position& p) {
  return p.n * at.stride[0] + p.c * at.stride[1] + p.h * at.stride[2] + p.w * at.stride[3];
}

/// The same in an output: channels-last, without gaps inside an image.
CAROM_DEVICE std::int64_t packed_place(const Pool2dParams& p, const Strided4& at,
                                       const Position& of, std::int64_t width) {
  return of.n * at.stride[0] + (of.h * width + of.w) * p.channels + of.c;
}

/// The taps of a window along one side that lie inside of the image: begin, begin + dilation, ...
/// below end.
struct Taps {
  std::int64_t begin, end;

  CAROM_DEVICE Taps(std::int64_t first, std::int64_t kernel, std::int64_t dilation,
                    std::int64_t size) {
    const std::int64_t behind = first + (kernel - 1) * dilation + 1;
    end = behind < size ? behind : size;
    begin = first < 0 ? first + (dilation - 1 - first) / dilation * dilation : first;
  }
  CAROM_DEVICE std::int64_t count(std::int64_t dilation) const {
    return end > begin ? (end - begin + dilation - 1) / dilation : 0;
  }
};

CAROM_DEVICE Taps rows_of_window(const Pool2dParams& p, std::int64_t row) {
  return {row * p.stride_h - p.pad_top, p.kernel_h, p.dilation_h, p.height};
}
CAROM_DEVICE Taps columns_of_window(const Pool2dParams& p, std::int64_t column) {
  return {column * p.stride_w - p.pad_left, p.kernel_w, p.dilation_w, p.width};
}

CAROM_DEVICE float mean_factor(const Pool2dParams& p, const Taps& rows, const Taps& columns) {
  const std::int64_t inside = rows.count(p.dilation_h) * columns.count(p.dilation_w);
  return 1.0f / static_cast<float>(p.count_border ? p.kernel_h * p.kernel_w : inside);
}

// ----------------------------------------------------------------------------------- forward

template <class Index>
__global__ void max_kernel(Pool2dParams p, std::int64_t count) {
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const Position at = position_of<Index>(i, p.out_height, p.out_width, p.channels);
    const Taps rows = rows_of_window(p, at.h), columns = columns_of_window(p, at.w);
    const bool any = rows.count(p.dilation_h) > 0 && columns.count(p.dilation_w) > 0;
    float best = -__builtin_inff();
    std::int64_t index = any ? rows.begin * p.width + columns.begin : 0;
    for (std::int64_t h = rows.begin; h < rows.end; h += p.dilation_h) {
      for (std::int64_t w = columns.begin; w < columns.end; w += p.dilation_w) {
        const float x = p.x.floats()[place(p.x, {at.n, h, w, at.c})];
        if (!(x > best || x != x)) continue;
        best = x;
        index = h * p.width + w;
      }
    }
    p.y.out()[packed_place(p, p.y, at, p.out_width)] = best;
    reinterpret_cast<std::int32_t*>(p.index.data)[packed_place(p, p.index, at, p.out_width)] =
        static_cast<std::int32_t>(index);
  }
}

template <class Index>
__global__ void mean_kernel(Pool2dParams p, std::int64_t count) {
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const Position at = position_of<Index>(i, p.out_height, p.out_width, p.channels);
    const Taps rows = rows_of_window(p, at.h), columns = columns_of_window(p, at.w);
    float sum = 0;
    for (std::int64_t h = rows.begin; h < rows.end; h += p.dilation_h) {
      for (std::int64_t w = columns.begin; w < columns.end; w += p.dilation_w) {
        sum += p.x.floats()[place(p.x, {at.n, h, w, at.c})];
      }
    }
    p.y.out()[packed_place(p, p.y, at, p.out_width)] = sum * mean_factor(p, rows, columns);
  }
}

/// The saved place of an element of y; -1, and reported, when it does not exist.
CAROM_DEVICE std::int64_t saved_place(const Pool2dParams& p, const Position& at,
                                      const Report& report) {
  const std::int64_t places = p.height * p.width;
  const std::int64_t index =
      reinterpret_cast<const std::int32_t*>(p.index.data)[place(p.index, at)];
  if (index >= 0 && index < places) return index;
  raise_fault(report.fault, report.op, at.h * p.out_width + at.w, index, places);
  return -1;
}

template <class Index>
__global__ void pick_kernel(Pool2dParams p, std::int64_t count, Report report) {
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const Position at = position_of<Index>(i, p.out_height, p.out_width, p.channels);
    const std::int64_t index = saved_place(p, at, report);
    const Position from{at.n, index / p.width, index % p.width, at.c};
    p.y.out()[packed_place(p, p.y, at, p.out_width)] =
        index < 0 ? 0.0f : p.x.floats()[place(p.x, from)];
  }
}

// ---------------------------------------------------------------------------------- gradients

/// Calls f(row) for every window along one side that has a tap at `at`, in order.
template <class F>
CAROM_DEVICE void each_window(std::int64_t at, std::int64_t pad, std::int64_t kernel,
                              std::int64_t dilation, std::int64_t stride, std::int64_t windows,
                              F f) {
  for (std::int64_t k = kernel - 1; k >= 0; --k) {
    const std::int64_t first = at + pad - k * dilation;
    if (first < 0 || first % stride != 0) continue;
    if (first / stride >= windows) return;
    f(first / stride);
  }
}

/// dx = sum of part(position in y) over the windows that a pixel is in.
template <class Index, class Part>
CAROM_DEVICE void gather(const Pool2dParams& p, std::int64_t count, Part part) {
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const Position at = position_of<Index>(i, p.height, p.width, p.channels);
    float sum = 0;
    each_window(
        at.h, p.pad_top, p.kernel_h, p.dilation_h, p.stride_h, p.out_height, [&](std::int64_t row) {
          each_window(
              at.w, p.pad_left, p.kernel_w, p.dilation_w, p.stride_w, p.out_width,
              [&](std::int64_t column) { sum += part(at, Position{at.n, row, column, at.c}); });
        });
    p.x.out()[packed_place(p, p.x, at, p.width)] = sum;
  }
}

template <class Index>
__global__ void mean_backward_kernel(Pool2dParams p, std::int64_t count) {
  gather<Index>(p, count, [&](const Position&, const Position& window) {
    const float factor =
        mean_factor(p, rows_of_window(p, window.h), columns_of_window(p, window.w));
    return p.y.floats()[place(p.y, window)] * factor;
  });
}

template <class Index>
__global__ void max_backward_kernel(Pool2dParams p, std::int64_t count) {
  const auto* indices = reinterpret_cast<const std::int32_t*>(p.index.data);
  gather<Index>(p, count, [&](const Position& at, const Position& window) {
    const bool greatest = indices[place(p.index, window)] == at.h * p.width + at.w;
    return greatest ? p.y.floats()[place(p.y, window)] : 0.0f;
  });
}

/// Whether a saved place is one of its window's taps, so that gather() finds it.
CAROM_DEVICE bool is_tap(const Pool2dParams& p, const Position& at, std::int64_t index) {
  const Taps rows = rows_of_window(p, at.h), columns = columns_of_window(p, at.w);
  const std::int64_t h = index / p.width, w = index % p.width;
  return h >= rows.begin && h < rows.end && (h - rows.begin) % p.dilation_h == 0 &&
         w >= columns.begin && w < columns.end && (w - columns.begin) % p.dilation_w == 0;
}

/// Checks the saved places; strays: 1 when there is one outside of its window.
template <class Index>
__global__ void check_places(Pool2dParams p, std::int64_t count, int* strays, Report report) {
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const Position at = position_of<Index>(i, p.out_height, p.out_width, p.channels);
    const std::int64_t index = saved_place(p, at, report);
    if (index >= 0 && !is_tap(p, at, index)) *strays = 1;
  }
}

/// Adds what gather() cannot find, if there is anything: a thread for each channel of an image, which
/// goes through the windows in order.
__global__ void add_strays(Pool2dParams p, const int* strays) {
  if (*strays == 0) return;
  const auto* indices = reinterpret_cast<const std::int32_t*>(p.index.data);
  for (std::int64_t i = global_index(); i < p.images * p.channels; i += global_count()) {
    const std::int64_t n = i / p.channels, c = i % p.channels;
    float* dx = p.x.out() + n * p.x.stride[0] + c;
    for (std::int64_t pixel = 0; pixel < p.out_height * p.out_width; ++pixel) {
      const Position at{n, pixel / p.out_width, pixel % p.out_width, c};
      const std::int64_t index = indices[place(p.index, at)];
      if (index < 0 || index >= p.height * p.width || is_tap(p, at, index)) continue;
      dx[index * p.channels] += p.y.floats()[place(p.y, at)];
    }
  }
}

__global__ void clear_flag(int* flag) { *flag = 0; }

std::int64_t outputs(const Pool2dParams& p) {
  return p.images * p.channels * p.out_height * p.out_width;
}
std::int64_t inputs(const Pool2dParams& p) { return p.images * p.channels * p.height * p.width; }

constexpr std::int64_t kNarrow = 0x7FFFFFFF;  // elements that are counted with 32 bits

}  // namespace

void max_pool2d(const Pool2dParams& p, Launch& launch) {
  const std::int64_t count = outputs(p);
  const auto kernel = count <= kNarrow ? max_kernel<std::uint32_t> : max_kernel<std::uint64_t>;
  start(launch, blocks_for(count), kThreads, 0, kernel, p, count);
}

void avg_pool2d(const Pool2dParams& p, Launch& launch) {
  const std::int64_t count = outputs(p);
  const auto kernel = count <= kNarrow ? mean_kernel<std::uint32_t> : mean_kernel<std::uint64_t>;
  start(launch, blocks_for(count), kThreads, 0, kernel, p, count);
}

void max_pool2d_pick(const Pool2dParams& p, Launch& launch) {
  const std::int64_t count = outputs(p);
  const auto kernel = count <= kNarrow ? pick_kernel<std::uint32_t> : pick_kernel<std::uint64_t>;
  start(launch, blocks_for(count), kThreads, 0, kernel, p, count, Report{launch.fault, launch.op});
}

void avg_pool2d_backward(const Pool2dParams& p, Launch& launch) {
  const std::int64_t count = inputs(p);
  const auto kernel =
      count <= kNarrow ? mean_backward_kernel<std::uint32_t> : mean_backward_kernel<std::uint64_t>;
  start(launch, blocks_for(count), kThreads, 0, kernel, p, count);
}

void max_pool2d_backward(const Pool2dParams& p, Launch& launch) {
  auto* strays = reinterpret_cast<int*>(launch.workspace(sizeof(int)));
  const std::int64_t windows = outputs(p), count = inputs(p);
  const auto check_kernel =
      windows <= kNarrow ? check_places<std::uint32_t> : check_places<std::uint64_t>;
  const auto kernel =
      count <= kNarrow ? max_backward_kernel<std::uint32_t> : max_backward_kernel<std::uint64_t>;
  start(launch, 1, 1, 0, clear_flag, strays);
  start(launch, blocks_for(windows), kThreads, 0, check_kernel, p, windows, strays,
        Report{launch.fault, launch.op});
  start(launch, blocks_for(count), kThreads, 0, kernel, p, count);
  start(launch, blocks_for(p.images * p.channels), kThreads, 0, add_strays, p, strays);
}

}  // namespace carom::cuda
