// The product behind conv2d and the gradient of its input: every pixel of the result is a sum over
// taps and channels of the source. Along one side the source of target number a and tap number t is
// a * step + base + t * tap_step; for the gradient of a convolution with strides that holds within
// classes of pixels, which meet the same taps of the kernel.
#pragma once

#include "cuda/conv_tile.h"
#include "ops/math.h"

namespace carom::cuda {

/// One side of a class.
struct ConvSide {
  std::int64_t targets, first, between;       // target number a is pixel first + a * between
  std::int64_t step, base, tap_step;          // to the source
  std::int64_t taps, tap_first, tap_between;  // tap number t is tap_first + t * tap_between
};

struct GatherParams {
  ConvShape shape;
  Strided4 source, target;
  std::int64_t source_channels, target_channels;  // of a group
  std::int64_t source_h, source_w, target_h, target_w;
  const float* weights;  // [groups][tap][source channel][target channel]
  const float* bias;
  Activation activation;
  float scale;
  bool backward;
  std::int64_t classes_h, classes_w;
  std::int64_t row_tiles, column_tiles;  // of the largest class
};

/// The side of a forward convolution: one class.
CAROM_DEVICE ConvSide forward_side(std::int64_t targets, std::int64_t taps, std::int64_t stride,
                                   std::int64_t pad, std::int64_t dilation) {
  return {targets, 0, 1, stride, -pad, dilation, taps, 0, 1};
}

CAROM_DEVICE std::int64_t common_divisor(std::int64_t a, std::int64_t b) {
  while (b != 0) {
    const std::int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/// Class `number` of the gradient: pixels number, number + stride, ... of `size`. The taps that meet
/// them are r with number + pad - r * dilation a multiple of the stride.
CAROM_DEVICE ConvSide backward_side(std::int64_t number, std::int64_t size, std::int64_t taps,
                                    std::int64_t stride, std::int64_t pad, std::int64_t dilation) {
  ConvSide side{};
  side.targets = number < size ? (size - number + stride - 1) / stride : 0;
  side.first = number;
  side.between = stride;
  side.step = 1;
  side.tap_between = stride / common_divisor(dilation, stride);
  std::int64_t first = 0;
  while (first < side.tap_between && first < taps &&
         (number + pad - first * dilation) % stride != 0) {
    ++first;
  }
  if (first == side.tap_between || first >= taps) return side;  // no tap meets them
  side.taps = (taps - first + side.tap_between - 1) / side.tap_between;
  side.tap_first = first;
  side.base = (number + pad - first * dilation) / stride;
  side.tap_step = -(side.tap_between * dilation / stride);
  return side;
}

/// What a block works on.
struct GatherTile {
  std::int64_t group, row, column;  // first pixel (of the class) and first channel of the tile
  ConvSide h, w;
  std::int64_t pixels, terms;
};

CAROM_DEVICE GatherTile gather_tile(const GatherParams& p, int rows, int columns) {
  const ConvShape& s = p.shape;
  std::int64_t rest = blockIdx.x;
  GatherTile tile{};
  tile.column = rest % p.column_tiles * columns;
  rest /= p.column_tiles;
  tile.row = rest % p.row_tiles * rows;
  rest /= p.row_tiles;
  tile.group = rest % s.groups;
  rest /= s.groups;
  if (p.backward) {
    tile.h = backward_side(rest / p.classes_w, s.height, s.kernel_h, s.stride_h, s.pad_top,
                           s.dilation_h);
    tile.w = backward_side(rest % p.classes_w, s.width, s.kernel_w, s.stride_w, s.pad_left,
                           s.dilation_w);
  } else {
    tile.h = forward_side(s.out_height, s.kernel_h, s.stride_h, s.pad_top, s.dilation_h);
    tile.w = forward_side(s.out_width, s.kernel_w, s.stride_w, s.pad_left, s.dilation_w);
  }
  tile.pixels = s.images * tile.h.targets * tile.w.targets;
  tile.terms = tile.h.taps * tile.w.taps * p.source_channels;
  return tile;
}

/// The place in the source of the first tap of a pixel.
CAROM_DEVICE ConvPlace pixel_place(const GatherParams& p, const GatherTile& tile,
                                   std::int64_t pixel) {
  if (pixel >= tile.pixels) return {kOutside, kOutside, 0};
  const std::int64_t line = pixel / tile.w.targets;
  const std::int64_t n = line / tile.h.targets;
  const std::int64_t h = (line - n * tile.h.targets) * tile.h.step + tile.h.base;
  const std::int64_t w = (pixel - line * tile.w.targets) * tile.w.step + tile.w.base;
  const std::int64_t* stride = p.source.stride;
  return {
      limited(h), limited(w),
      n * stride[0] + h * stride[2] + w * stride[3] + tile.group * p.source_channels * stride[1]};
}

/// A term of the sums: its place relative to the pixel, and its row of the weights.
struct GatherTerm {
  ConvPlace tap;
  std::int64_t weights;
};

CAROM_DEVICE GatherTerm gather_term(const GatherParams& p, const GatherTile& tile,
                                    std::int64_t term) {
  if (term >= tile.terms) return {{kOutside, kOutside, 0}, -1};
  const std::int64_t tap = term / p.source_channels, channel = term - tap * p.source_channels;
  const std::int64_t r = tap / tile.w.taps, c = tap - r * tile.w.taps;
  const std::int64_t h = r * tile.h.tap_step, w = c * tile.w.tap_step;
  const std::int64_t row = tile.h.tap_first + r * tile.h.tap_between;
  const std::int64_t column = tile.w.tap_first + c * tile.w.tap_between;
  const std::int64_t taps = p.shape.kernel_h * p.shape.kernel_w;
  const std::int64_t* stride = p.source.stride;
  return {{limited(h), limited(w), h * stride[2] + w * stride[3] + channel * stride[1]},
          ((tile.group * taps + row * p.shape.kernel_w + column) * p.source_channels + channel) *
              p.target_channels};
}

CAROM_DEVICE float finish_element(const GatherParams& p, std::int64_t channel, float sum) {
  if (p.bias != nullptr) sum += p.bias[channel];
  if (p.activation == Activation::relu) return sum < 0.0f ? 0.0f : sum;
  return p.activation == Activation::tanh ? math::tanh(sum) : sum;
}

template <class Sums>
CAROM_DEVICE void write_tile(const GatherParams& p, const GatherTile& tile, const Sums& sums) {
  const std::int64_t all = p.target_channels * p.shape.groups;
  CAROM_UNROLL
  for (int i = 0; i < Sums::own_rows; ++i) {
    const std::int64_t pixel = tile.row + sums.row_of(i);
    if (pixel >= tile.pixels) return;
    const std::int64_t line = pixel / tile.w.targets, n = line / tile.h.targets;
    const std::int64_t h = tile.h.first + (line - n * tile.h.targets) * tile.h.between;
    const std::int64_t w = tile.w.first + (pixel - line * tile.w.targets) * tile.w.between;
    float* to = p.target.out() + n * p.target.stride[0] + (h * p.target_w + w) * all;
    CAROM_UNROLL
    for (int j = 0; j < Sums::own_columns; ++j) {
      const std::int64_t column = tile.column + sums.column_of(j);
      if (column >= p.target_channels) break;
      const std::int64_t channel = tile.group * p.target_channels + column;
      to[channel] = finish_element(p, channel, sums.value(i, j));
    }
  }
}

/// A tile of the result. Terms are planned kPlanned at a time; elements of the next kDepth of them are
/// read while those before are multiplied.
template <class T, Precision precision, int rows, int columns>
__global__ __launch_bounds__(kThreads) void gather_kernel(GatherParams p) {
  constexpr int kRows = rows * 16, kColumns = columns * 16;
  CAROM_SHARED(float4, a_tile, kDepth * tile_row(kRows) / 4);
  CAROM_SHARED(float4, b_tile, kDepth * tile_row(kColumns) / 4);
  CAROM_SHARED(GatherTerm, terms, kPlanned);
  float* a = reinterpret_cast<float*>(a_tile);
  float* b = reinterpret_cast<float*>(b_tile);
  const GatherTile tile = gather_tile(p, kRows, kColumns);
  if (tile.row >= tile.pixels) return;
  const int thread = static_cast<int>(threadIdx.x);
  // Of a: one term, every 16th pixel. Of b: one column, every so many terms.
  const int a_term = thread % kDepth, a_row = thread / kDepth;
  const int b_column = thread % kColumns, b_term = thread / kColumns;
  constexpr int kStep = kThreads / kColumns;
  const bool has_column = tile.column + b_column < p.target_channels;
  const T* source = reinterpret_cast<const T*>(p.source.data);
  const float* weights = p.weights + tile.column + b_column;
  ConvPlace pixels[rows];
  CAROM_UNROLL
  for (int i = 0; i < rows; ++i) pixels[i] = pixel_place(p, tile, tile.row + a_row + i * 16);
  const int height = static_cast<int>(p.source_h), width = static_cast<int>(p.source_w);
  TileSums<precision, rows, columns> sums;
  float next_a[rows], next_b[columns];
  const auto read = [&](int from) {
    const GatherTerm& term = terms[from + a_term];
    CAROM_UNROLL
    for (int i = 0; i < rows; ++i) {
      next_a[i] = read_element(source, pixels[i], term.tap, height, width, p.scale);
    }
    CAROM_UNROLL
    for (int j = 0; j < columns; ++j) {
      const std::int64_t row = terms[from + b_term + j * kStep].weights;
      next_b[j] = has_column && row >= 0 ? weights[row] : 0.0f;
    }
  };
  for (std::int64_t term = 0; term < tile.terms; term += kDepth) {
    const int place = static_cast<int>(term % kPlanned);
    if (place == 0) {
      __syncthreads();
      terms[thread] = gather_term(p, tile, term + thread);
      __syncthreads();
      read(0);
    }
    __syncthreads();
    CAROM_UNROLL
    for (int i = 0; i < rows; ++i) a[a_term * tile_row(kRows) + a_row + i * 16] = next_a[i];
    CAROM_UNROLL
    for (int j = 0; j < columns; ++j) {
      b[(b_term + j * kStep) * tile_row(kColumns) + b_column] = next_b[j];
    }
    __syncthreads();
    if (place + kDepth < kPlanned) read(place + kDepth);
    sums.add(a, b);
  }
  write_tile(p, tile, sums);
}

/// Weights [O, C/groups, kh, kw] as [groups][tap][source channel][target channel].
template <bool backward>
__global__ void pack_weights(ConvShape s, Strided4 weight, float* packed) {
  const std::int64_t channels = s.group_channels(), filters = s.group_filters();
  const std::int64_t targets = backward ? channels : filters;
  const std::int64_t sources = backward ? filters : channels;
  const std::int64_t taps = s.kernel_h * s.kernel_w, count = s.groups * taps * channels * filters;
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const std::int64_t target = i % targets, source = i / targets % sources;
    const std::int64_t tap = i / (targets * sources) % taps, group = i / (targets * sources * taps);
    const std::int64_t o = backward ? source : target, c = backward ? target : source;
    packed[i] =
        weight.floats()[(group * filters + o) * weight.stride[0] + c * weight.stride[1] +
                        tap / s.kernel_w * weight.stride[2] + tap % s.kernel_w * weight.stride[3]];
  }
}

inline std::int64_t weight_count(const ConvShape& s) { return s.filters * s.depth(); }

template <class T, Precision precision, int rows, int columns>
void start_gather(GatherParams p, Launch& launch) {
  const ConvShape& s = p.shape;
  p.classes_h = p.backward ? std::min(s.stride_h, s.height) : 1;
  p.classes_w = p.backward ? std::min(s.stride_w, s.width) : 1;
  if (p.classes_h == 0 || p.classes_w == 0 || p.target_channels == 0) return;
  const std::int64_t lines = (p.target_h + p.classes_h - 1) / p.classes_h;
  const std::int64_t pixels = s.images * lines * ((p.target_w + p.classes_w - 1) / p.classes_w);
  p.row_tiles = (pixels + rows * 16 - 1) / (rows * 16);
  p.column_tiles = (p.target_channels + columns * 16 - 1) / (columns * 16);
  const std::int64_t blocks = p.row_tiles * p.column_tiles * s.groups * p.classes_h * p.classes_w;
  start(launch, static_cast<unsigned>(blocks), kThreads, 0,
        gather_kernel<T, precision, rows, columns>, p);
}

/// Tiles are large where there are enough of them for all multiprocessors; sums do not depend on that.
template <class T, Precision precision>
void start_gather(const GatherParams& p, Launch& launch) {
  const std::int64_t pixels = p.shape.images * p.target_h * p.target_w;
  const bool tall = pixels / 128 >= 2 * launch.device->multiprocessors;
  if (p.target_channels <= 32) {
    tall ? start_gather<T, precision, 8, 2>(p, launch)
         : start_gather<T, precision, 4, 2>(p, launch);
  } else {
    tall ? start_gather<T, precision, 8, 4>(p, launch)
         : start_gather<T, precision, 4, 4>(p, launch);
  }
}

/// Packs the weights to `packed` and computes the result.
template <class T>
void gather(GatherParams p, const Strided4& weight, float* packed, Launch& launch) {
  p.weights = packed;
  const auto pack = p.backward ? pack_weights<true> : pack_weights<false>;
  start(launch, blocks_for(weight_count(p.shape)), kThreads, 0, pack, p.shape, weight, packed);
  switch (launch.precision) {
    case Precision::float32: return start_gather<T, Precision::float32>(p, launch);
    case Precision::tf32: return start_gather<T, Precision::tf32>(p, launch);
    case Precision::bfloat16: return start_gather<T, Precision::bfloat16>(p, launch);
  }
}

}  // namespace carom::cuda
