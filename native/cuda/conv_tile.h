// What the convolution kernels share: products of tiles in shared memory, and places that may lie
// outside of an image. A block of kThreads computes a tile of the result of kTileM x kTileN elements,
// kDepth terms of the sums at a time; each thread has a part of (kTileM / 16) x (kTileN / 16).
#pragma once

#include "cuda/launch.h"
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

/// sums += a^T b for kDepth terms: rows `y * rows...` of a's tile, columns `x * columns...` of b's.
template <int rows, int columns>
CAROM_DEVICE void multiply_tiles(const float* a, const float* b, float (&sums)[rows][columns]) {
  const int x = static_cast<int>(threadIdx.x) % 16, y = static_cast<int>(threadIdx.x) / 16;
  CAROM_UNROLL
  for (int k = 0; k < kDepth; ++k) {
    float left[rows], right[columns];
    read_row(a + k * tile_row(rows * 16) + y * rows, left);
    read_row(b + k * tile_row(columns * 16) + x * columns, right);
    CAROM_UNROLL
    for (int i = 0; i < rows; ++i) {
      CAROM_UNROLL
      for (int j = 0; j < columns; ++j) sums[i][j] += left[i] * right[j];
    }
  }
}

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
