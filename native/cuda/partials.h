// Rows that are shared out to groups of threads, and sums over all rows in two steps: each block
// writes its own, and whoever needs the total adds those of the blocks. The number of blocks depends
// on shapes alone.
#pragma once

#include "cuda/reduce.h"

namespace carom::cuda {

/// Blocks whose sums are added later, at most.
inline constexpr std::int64_t kMaxPartials = 1024;

/// 1 to 32 neighbouring lanes of a warp (a power of 2) that work on one row.
struct LaneGroup {
  int lanes;

  CAROM_DEVICE std::int64_t per_block() const { return static_cast<int>(blockDim.x) / lanes; }
  CAROM_DEVICE std::int64_t number() const { return static_cast<int>(threadIdx.x) / lanes; }
  CAROM_DEVICE int rank() const { return static_cast<int>(threadIdx.x) % lanes; }
  CAROM_DEVICE int size() const { return lanes; }
  /// Every lane gets the result. All threads of the warp must come.
  template <class T, class Combine>
  CAROM_DEVICE T reduce(T value, Combine combine, T) const {
    for (int step = lanes / 2; step > 0; step /= 2) {
      value = combine(value, __shfl_xor_sync(0xFFFFFFFFu, value, step));
    }
    return value;
  }
};

/// A whole block for one row.
struct BlockGroup {
  CAROM_DEVICE std::int64_t per_block() const { return 1; }
  CAROM_DEVICE std::int64_t number() const { return 0; }
  CAROM_DEVICE int rank() const { return static_cast<int>(threadIdx.x); }
  CAROM_DEVICE int size() const { return static_cast<int>(blockDim.x); }
  template <class T, class Combine>
  CAROM_DEVICE T reduce(T value, Combine combine, T neutral) const {
    return block_reduce(value, combine, neutral);
  }
};

/// Lanes for a row of `columns` elements: about 4 elements each.
inline int lanes_for(std::int64_t columns) {
  int lanes = 1;
  while (lanes < 32 && lanes * 4 < columns) lanes *= 2;
  return lanes;
}

/// Blocks of kThreads for `rows` rows of `lanes` threads, at most kMaxPartials.
inline unsigned partial_blocks(std::int64_t rows, std::int64_t lanes) {
  const std::int64_t per_block = kThreads / lanes;
  return static_cast<unsigned>(std::min(kMaxPartials, (rows + per_block - 1) / per_block));
}

/// Sum of term `term` of all blocks' sums, of `terms` each. All threads must come; all get it.
CAROM_DEVICE double add_partials(const double* partials, int count, int terms, int term) {
  double sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
    sum += partials[i * terms + term];
  }
  return block_reduce(sum, AddUp{}, 0.0);
}

}  // namespace carom::cuda
