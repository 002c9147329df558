// The gradients of conv2d. What goes through the activation (or does not lie channels-last) is first
// written to work space; dx is gathered (conv_gather.h). dweight is the product of dz and x over all
// pixels, summed over pieces of them that depend on shapes alone, then over the pieces; dbias is one
// more column of it, as if x were 1.
#include "cuda/conv_gather.h"
#include "cuda/libraries/convolutions.h"

namespace carom::cuda {
namespace {

/// Blocks that the pieces are made for, and pixels of a piece at least.
constexpr std::int64_t kWantedBlocks = 512;
constexpr std::int64_t kLeastPixels = 256;

struct WeighParams {
  ConvShape shape;
  Strided4 x, dz;
  float scale;
  std::int64_t pixels;                   // of all images
  std::int64_t weight_columns, columns;  // without and with the one of the bias
  std::int64_t row_tiles, column_tiles;
  std::int64_t pieces, piece;  // how many, pixels of one
  float* partials;             // [piece][filter of all groups][column]
  Strided4 dweight;
  float* dbias;
};

// ----------------------------------------------------------------------------------------- dz

/// dy times the activation's slope, as [N, P, Q, O].
__global__ void write_dz(Conv2dParams p, float* dz) {
  const ConvShape& s = p.shape;
  const std::int64_t count = s.images * s.pixels() * s.filters;
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const std::int64_t pixel = i / s.filters, o = i - pixel * s.filters;
    const std::int64_t n = pixel / s.pixels(), inside = pixel - n * s.pixels();
    const std::int64_t h = inside / s.out_width, w = inside - h * s.out_width;
    const std::int64_t* stride = p.dy.stride;
    float value = p.dy.floats()[n * stride[0] + o * stride[1] + h * stride[2] + w * stride[3]];
    if (p.activation != Activation::none) {
      const float y = p.y.floats()[n * p.y.stride[0] + inside * s.filters + o];
      if (p.activation == Activation::relu) value = y > 0.0f ? value : 0.0f;
      else value *= 1.0f - y * y;
    }
    dz[i] = value;
  }
}

bool needs_dz(const Conv2dParams& p) {
  return p.activation != Activation::none || p.dy.stride[1] != 1;
}

/// dz where it lies, or as write_dz lays it out.
Strided4 dz_of(const Conv2dParams& p, float* space) {
  if (!needs_dz(p)) return p.dy;
  const ConvShape& s = p.shape;
  return {reinterpret_cast<std::byte*>(space),
          DType::float32,
          {s.pixels() * s.filters, 1, s.out_width * s.filters, s.filters}};
}

// ------------------------------------------------------------------------------------ dweight

/// A pixel of dz: where it lies (-1: there is none), and the place in x under the first tap.
struct WeighPixel {
  ConvPlace x;
  std::int64_t dz;
};

CAROM_DEVICE WeighPixel weigh_pixel(const WeighParams& p, std::int64_t pixel, std::int64_t end) {
  if (pixel >= end) return {{kOutside, kOutside, 0}, -1};
  const ConvShape& s = p.shape;
  const std::int64_t line = pixel / s.out_width, q = pixel - line * s.out_width;
  const std::int64_t n = line / s.out_height, row = line - n * s.out_height;
  const std::int64_t h = row * s.stride_h - s.pad_top, w = q * s.stride_w - s.pad_left;
  return {{limited(h), limited(w), n * p.x.stride[0] + h * p.x.stride[2] + w * p.x.stride[3]},
          n * p.dz.stride[0] + row * p.dz.stride[2] + q * p.dz.stride[3]};
}

/// The tap and channel of a column of dweight.
CAROM_DEVICE ConvPlace column_place(const WeighParams& p, std::int64_t group, std::int64_t column) {
  const ConvShape& s = p.shape;
  if (column >= p.weight_columns) return {kOutside, kOutside, 0};
  const std::int64_t tap = column / s.group_channels(), channel = column % s.group_channels();
  const std::int64_t h = tap / s.kernel_w * s.dilation_h, w = tap % s.kernel_w * s.dilation_w;
  return {limited(h), limited(w),
          h * p.x.stride[2] + w * p.x.stride[3] +
              (group * s.group_channels() + channel) * p.x.stride[1]};
}

/// A tile of dweight, rows by filter, over one piece of the pixels.
template <class T, Precision precision, int rows, int columns>
__global__ __launch_bounds__(kThreads) void weigh_kernel(WeighParams p) {
  constexpr int kRows = rows * 16, kColumns = columns * 16;
  CAROM_SHARED(float4, a_tile, kDepth * tile_row(kRows) / 4);
  CAROM_SHARED(float4, b_tile, kDepth * tile_row(kColumns) / 4);
  CAROM_SHARED(WeighPixel, pixels, kPlanned);
  float* a = reinterpret_cast<float*>(a_tile);
  float* b = reinterpret_cast<float*>(b_tile);
  const ConvShape& s = p.shape;
  std::int64_t rest = blockIdx.x;
  const std::int64_t first_column = rest % p.column_tiles * kColumns;
  rest /= p.column_tiles;
  const std::int64_t first_row = rest % p.row_tiles * kRows;
  rest /= p.row_tiles;
  const std::int64_t group = rest % s.groups, piece = rest / s.groups;
  const std::int64_t begin = piece * p.piece;
  const std::int64_t end = begin + p.piece < p.pixels ? begin + p.piece : p.pixels;
  const int thread = static_cast<int>(threadIdx.x);
  const int a_row = thread % kRows, a_pixel = thread / kRows;
  const int b_column = thread % kColumns, b_pixel = thread / kColumns;
  const bool has_row = first_row + a_row < s.group_filters();
  const bool is_bias = p.dbias != nullptr && first_column + b_column == p.weight_columns;
  const ConvPlace tap = column_place(p, group, first_column + b_column);
  const float* dz =
      p.dz.floats() + (group * s.group_filters() + first_row + a_row) * p.dz.stride[1];
  const T* x = reinterpret_cast<const T*>(p.x.data);
  const int height = static_cast<int>(s.height), width = static_cast<int>(s.width);
  TileSums<precision, rows, columns> sums;
  float next_a[rows], next_b[columns];
  const auto read = [&](int from) {
    CAROM_UNROLL
    for (int i = 0; i < rows; ++i) {
      const std::int64_t at = pixels[from + a_pixel + i * (kThreads / kRows)].dz;
      next_a[i] = has_row && at >= 0 ? dz[at] : 0.0f;
    }
    CAROM_UNROLL
    for (int j = 0; j < columns; ++j) {
      const WeighPixel& pixel = pixels[from + b_pixel + j * (kThreads / kColumns)];
      next_b[j] = is_bias ? 1.0f : read_element(x, pixel.x, tap, height, width, p.scale);
    }
  };
  for (std::int64_t done = begin; done < end; done += kDepth) {
    const int place = static_cast<int>((done - begin) % kPlanned);
    if (place == 0) {
      __syncthreads();
      pixels[thread] = weigh_pixel(p, done + thread, end);
      __syncthreads();
      read(0);
    }
    __syncthreads();
    CAROM_UNROLL
    for (int i = 0; i < rows; ++i) {
      a[(a_pixel + i * (kThreads / kRows)) * tile_row(kRows) + a_row] = next_a[i];
    }
    CAROM_UNROLL
    for (int j = 0; j < columns; ++j) {
      b[(b_pixel + j * (kThreads / kColumns)) * tile_row(kColumns) + b_column] = next_b[j];
    }
    __syncthreads();
    if (place + kDepth < kPlanned) read(place + kDepth);
    sums.add(a, b);
  }
  CAROM_UNROLL
  for (int i = 0; i < sums.own_rows; ++i) {
    const std::int64_t row = first_row + sums.row_of(i);
    if (row >= s.group_filters()) return;
    float* to = p.partials + (piece * s.filters + group * s.group_filters() + row) * p.columns;
    CAROM_UNROLL
    for (int j = 0; j < sums.own_columns; ++j) {
      const std::int64_t column = first_column + sums.column_of(j);
      if (column < p.columns) to[column] = sums.value(i, j);
    }
  }
}

/// Adds up the pieces.
__global__ void sum_pieces(WeighParams p) {
  const ConvShape& s = p.shape;
  const std::int64_t count = s.filters * p.columns;
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    double sum = 0;
    for (std::int64_t k = 0; k < p.pieces; ++k)
      sum += static_cast<double>(p.partials[k * count + i]);
    const std::int64_t o = i / p.columns, column = i - o * p.columns;
    if (column == p.weight_columns) {
      p.dbias[o] = static_cast<float>(sum);
      continue;
    }
    const std::int64_t tap = column / s.group_channels(), channel = column % s.group_channels();
    const std::int64_t* stride = p.dweight.stride;
    p.dweight.out()[o * stride[0] + channel * stride[1] + tap / s.kernel_w * stride[2] +
                    tap % s.kernel_w * stride[3]] = static_cast<float>(sum);
  }
}

constexpr std::int64_t kWeighColumns = 64;

/// Rows of a tile of dweight.
std::int64_t weigh_rows(const ConvShape& s) { return s.group_filters() <= 32 ? 32 : 64; }

WeighParams weigh_params(const Conv2dParams& p) {
  WeighParams w{};
  const ConvShape& s = p.shape;
  w.shape = s;
  w.x = p.x;
  w.scale = p.scale;
  w.dweight = p.dweight;
  w.dbias = p.dbias;
  w.pixels = s.images * s.pixels();
  w.weight_columns = p.dweight.data != nullptr ? s.depth() : 0;
  w.columns = w.weight_columns + (p.dbias != nullptr ? 1 : 0);
  w.row_tiles = (s.group_filters() + weigh_rows(s) - 1) / weigh_rows(s);
  w.column_tiles = (w.columns + kWeighColumns - 1) / kWeighColumns;
  const std::int64_t tiles = std::max<std::int64_t>(1, w.row_tiles * w.column_tiles * s.groups);
  const std::int64_t most = (w.pixels + kLeastPixels - 1) / kLeastPixels;
  const std::int64_t wish = std::min(most, std::max<std::int64_t>(1, kWantedBlocks / tiles));
  if (wish == 0) return w;  // no pixels
  w.piece = ((w.pixels + wish - 1) / wish + kDepth - 1) / kDepth * kDepth;
  w.pieces = (w.pixels + w.piece - 1) / w.piece;
  return w;
}

template <class T, Precision precision>
void start_weigh(const WeighParams& w, Launch& launch) {
  const std::int64_t blocks = w.row_tiles * w.column_tiles * w.shape.groups * w.pieces;
  const auto kernel = weigh_rows(w.shape) == 32 ? weigh_kernel<T, precision, 2, 4>
                                                : weigh_kernel<T, precision, 4, 4>;
  start(launch, static_cast<unsigned>(blocks), kThreads, 0, kernel, w);
}

template <class T>
void weigh(const WeighParams& w, Launch& launch) {
  switch (launch.precision) {
    case Precision::float32: start_weigh<T, Precision::float32>(w, launch); break;
    case Precision::tf32: start_weigh<T, Precision::tf32>(w, launch); break;
    case Precision::bfloat16: start_weigh<T, Precision::bfloat16>(w, launch); break;
  }
  start(launch, blocks_for(w.shape.filters * w.columns), kThreads, 0, sum_pieces, w);
}

GatherParams input_gradient(const Conv2dParams& p, const Strided4& dz) {
  const ConvShape& s = p.shape;
  GatherParams g{};
  g.shape = s;
  g.source = dz;
  g.target = p.dx;
  g.source_channels = s.group_filters();
  g.target_channels = s.group_channels();
  g.source_h = s.out_height;
  g.source_w = s.out_width;
  g.target_h = s.height;
  g.target_w = s.width;
  g.bias = p.bias;
  g.activation = Activation::none;
  g.scale = 1;
  g.backward = true;
  return g;
}

}  // namespace

void conv2d_backward(const Conv2dParams& p, Launch& launch) {
  const ConvShape& s = p.shape;
  WeighParams w = weigh_params(p);
  const bool weights = w.columns > 0, input = p.dx.data != nullptr;
  const std::int64_t dz_count = needs_dz(p) ? s.images * s.pixels() * s.filters : 0;
  const std::int64_t dz_space = (dz_count + 63) / 64 * 64;
  const std::int64_t packed_count = input ? weight_count(s) : 0;
  const std::int64_t partial_count = weights ? w.pieces * s.filters * w.columns : 0;
  const std::int64_t library_count = library_gradient_space(launch, p);
  const std::int64_t rest_count = std::max(library_count, packed_count + partial_count + 1);
  float* space = reinterpret_cast<float*>(
      launch.workspace(static_cast<std::size_t>(dz_space + rest_count) * sizeof(float)));
  if (needs_dz(p)) start(launch, blocks_for(dz_count), kThreads, 0, write_dz, p, space);
  w.dz = dz_of(p, space);
  if (library_count > 0 && library_gradients(launch, p, w.dz.floats(), space + dz_space)) return;
  if (input) gather<float>(input_gradient(p, w.dz), p.weight, space + dz_space, launch);
  w.partials = space + dz_space + packed_count;
  if (!weights) return;
  if (p.x.dtype == DType::uint8) weigh<std::uint8_t>(w, launch);
  else weigh<float>(w, launch);
}

}  // namespace carom::cuda
