// What the convolution kernels share: products of tiles in shared memory, and places that may lie
// outside of an image. A block of kThreads computes a tile of the result of kTileM x kTileN elements,
// kDepth terms of the sums at a time; each thread has (kTileM / 16) x (kTileN / 16) of them.
#pragma once

#include "cuda/tensor_core.h"
#include "ops/conv2d.h"

namespace carom::cuda {

inline constexpr int kDepth = 16;
/// Terms whose places in memory a block works out at a time.
inline constexpr int kPlanned = kThreads;

/// Floats from one term to the next in shared memory: rows stay aligned for vectors of 4, and
/// neighbouring terms lie in different banks.
CAROM_INLINE constexpr int tile_row(int size) { return size + 4; }

/// A part of a tile's row, as long as a thread's share of it.
template <int count>
CAROM_DEVICE void read_row(const float* from, float (&out)[count]) {
  if constexpr (count % 4 == 0) {
    for (int i = 0; i < count; i += 4) {
      const float4 v = *reinterpret_cast<const float4*>(from + i);
      out[i] = v.x;
      out[i + 1] = v.y;
      out[i + 2] = v.z;
      out[i + 3] = v.w;
    }
  } else {
    for (int i = 0; i < count; ++i) out[i] = from[i];
  }
}

/// A thread's part of a tile of rows * 16 by columns * 16 sums: value(i, j) is that of row row_of(i) and
/// column column_of(j), both rising. add(a, b) adds a^T b for kDepth terms; all threads must come.
template <Precision precision, int rows, int columns>
struct TileSums;

/// rows x columns of them side by side.
template <int rows, int columns>
struct TileSums<Precision::float32, rows, columns> {
  static constexpr int own_rows = rows, own_columns = columns;
  int x = static_cast<int>(threadIdx.x) % 16, y = static_cast<int>(threadIdx.x) / 16;
  float at[rows][columns] = {};

  CAROM_DEVICE int row_of(int i) const { return y * rows + i; }
  CAROM_DEVICE int column_of(int j) const { return x * columns + j; }
  CAROM_DEVICE float value(int i, int j) const { return at[i][j]; }

  CAROM_DEVICE void add(const float* a, const float* b) {
    CAROM_UNROLL
    for (int k = 0; k < kDepth; ++k) {
      float left[rows], right[columns];
      read_row(a + k * tile_row(rows * 16) + y * rows, left);
      read_row(b + k * tile_row(columns * 16) + x * columns, right);
      CAROM_UNROLL
      for (int i = 0; i < rows; ++i) {
        CAROM_UNROLL
        for (int j = 0; j < columns; ++j) at[i][j] += left[i] * right[j];
      }
    }
  }
};

/// On tensor cores: each warp has steps of its own (tensor_core.h). A lane takes neighbouring terms for
/// its words, of tf32 too: which of the terms a word holds makes no difference to a sum over all of
/// them, and so no two lanes meet in a bank.
template <Precision precision, int rows, int columns>
  requires(precision != Precision::float32)
struct TileSums<precision, rows, columns> {
  static constexpr int warps_down = rows < 4 ? rows : 4, warps_across = kThreads / 32 / warps_down;
  static constexpr int steps_down = rows / warps_down;
  static constexpr int steps_across = columns * 16 / kStepColumns / warps_across;
  static constexpr int own_rows = 2 * steps_down, own_columns = 2 * steps_across;
  static_assert(steps_down * warps_down == rows && steps_across > 0);
  int row, column, group, member;  // the first of the warp, and the lane's place in a step
  float at[steps_down][steps_across][4] = {};

  CAROM_DEVICE TileSums() {
    const int number = static_cast<int>(threadIdx.x), warp = number / 32;
    row = warp / warps_across * steps_down * kStepRows;
    column = warp % warps_across * steps_across * kStepColumns;
    group = number % 32 / 4;
    member = number % 4;
  }

  CAROM_DEVICE int row_of(int i) const { return row + i * 8 + group; }
  CAROM_DEVICE int column_of(int j) const {
    return column + j / 2 * kStepColumns + member * 2 + j % 2;
  }
  CAROM_DEVICE float value(int i, int j) const { return at[i / 2][j / 2][i % 2 * 2 + j % 2]; }

  CAROM_DEVICE void add(const float* a, const float* b) {
    constexpr int kLeft = tile_row(rows * 16), kRight = tile_row(columns * 16);
    CAROM_UNROLL
    for (int k = 0; k < kDepth; k += kStepWords * kFactors<precision>) {
      std::uint32_t right[steps_across][2];
      CAROM_UNROLL
      for (int j = 0; j < steps_across; ++j) {
        const float* from = b + k * kRight + column + j * kStepColumns + group;
        for (int r = 0; r < 2; ++r) right[j][r] = word(from, r, kRight);
      }
      CAROM_UNROLL
      for (int i = 0; i < steps_down; ++i) {
        const float* from = a + k * kLeft + row + i * kStepRows + group;
        std::uint32_t left[4];
        CAROM_UNROLL
        for (int r = 0; r < 4; ++r) left[r] = word(from + r % 2 * 8, r / 2, kLeft);
        CAROM_UNROLL
        for (int j = 0; j < steps_across; ++j) multiply_step<precision>(at[i][j], left, right[j]);
      }
    }
  }

  /// This lane's word of the first (half 0) or last four of a step.
  CAROM_DEVICE std::uint32_t word(const float* from, int half, int pitch) const {
    if constexpr (precision == Precision::tf32) return tf32_word(from[(2 * member + half) * pitch]);
    from += (2 * member + half * 8) * pitch;
    return bfloat16_word(from[0], from[pitch]);
  }
};

/// A coordinate that is only compared with the sides of an image: limited so that sums of two fit an
/// int. Sides are at most 2^24, so that what is limited lies outside all the same.
CAROM_DEVICE int limited(std::int64_t x) {
  constexpr std::int64_t kLimit = 1 << 29;
  return static_cast<int>(x < -kLimit ? -kLimit : x > kLimit ? kLimit : x);
}

/// A coordinate outside of every image.
inline constexpr int kOutside = -(1 << 29);

/// Row, column and place in memory: of a pixel, or of a tap relative to it.
struct ConvPlace {
  int h, w;
  std::int64_t at;
};

/// The element at a pixel and a tap; 0 outside of the image.
template <class T>
CAROM_DEVICE float read_element(const T* data, const ConvPlace& pixel, const ConvPlace& tap,
                                int height, int width, float scale) {
  const auto h = static_cast<unsigned>(pixel.h + tap.h);
  const auto w = static_cast<unsigned>(pixel.w + tap.w);
  if (h >= static_cast<unsigned>(height) || w >= static_cast<unsigned>(width)) return 0;
  const T x = data[pixel.at + tap.at];
  if constexpr (sizeof(T) == 1) return static_cast<float>(x) * scale;
  else return x;
}

}  // namespace carom::cuda
