// Grids for rows of items: threadIdx.x runs along a row, threadIdx.y over neighbouring rows, blockIdx.x
// over groups of rows and blockIdx.y over parts of long rows. Kernels loop over what the grid leaves.
#pragma once

#include "cuda/launch.h"

namespace carom::cuda {

struct RowGrid {
  dim3 grid, block;
};

/// Of `rows` rows of `columns` items, about `per_thread` items of a row for each thread. Rows of no
/// items get threads all the same.
inline RowGrid row_grid(std::int64_t rows, std::int64_t columns, std::int64_t per_thread = 4) {
  unsigned width = 1;
  while (width < kThreads && width < columns) width *= 2;
  const unsigned height = kThreads / width;
  const std::int64_t part = width * per_thread;
  const std::int64_t parts = std::clamp<std::int64_t>((columns + part - 1) / part, 1, 65535);
  const std::int64_t groups = std::min<std::int64_t>((rows + height - 1) / height, 1 << 24);
  return {dim3(static_cast<unsigned>(groups), static_cast<unsigned>(parts)), dim3(width, height)};
}

/// This thread's first row, and the distance to its next one.
CAROM_DEVICE std::int64_t first_row() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
}
CAROM_DEVICE std::int64_t row_step() { return static_cast<std::int64_t>(gridDim.x) * blockDim.y; }

/// This thread's first item of a row, and the distance to its next one.
CAROM_DEVICE std::int64_t first_column() {
  return static_cast<std::int64_t>(blockIdx.y) * blockDim.x + threadIdx.x;
}
CAROM_DEVICE std::int64_t column_step() {
  return static_cast<std::int64_t>(gridDim.y) * blockDim.x;
}

}  // namespace carom::cuda
