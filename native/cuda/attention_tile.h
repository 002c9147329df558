// What attention and its gradient share: tiles of kSide queries by kSide keys. A block of kThreads has
// 8 neighbouring lanes for each row of a tile; a lane has every 8th column.
#pragma once

#include "cuda/reduce.h"
#include "ops/attention.h"
#include "ops/math.h"

namespace carom::cuda {

inline constexpr int kSide = 32;
inline constexpr int kRowLanes = kThreads / kSide;
inline constexpr int kOwn = kSide / kRowLanes;  // columns of a tile of a lane
inline constexpr int kSquareRow = kSide + 1;

/// Floats of a row of `columns` elements in shared memory: whole turns of the lanes, and one more, so
/// that the rows that lanes read at a time lie in different banks.
CAROM_INLINE std::int64_t shared_row(std::int64_t columns) {
  return (columns + kRowLanes - 1) / kRowLanes * kRowLanes + 1;
}

/// The mask of one matrix of scores.
template <class T>
CAROM_DEVICE MatrixAt<const T> mask_as(const AttentionParams& p, std::int64_t batch) {
  const auto bytes = matrix_of(p, p.mask, batch);
  const std::int64_t offset = bytes.data - p.mask.data;  // strides count elements
  return {reinterpret_cast<const T*>(p.mask.data) + offset, bytes.row};
}

struct MaskAt {
  MatrixAt<const std::uint8_t> seen;
  MatrixAt<const float> added;
};

CAROM_DEVICE MaskAt mask_of(const AttentionParams& p, std::int64_t batch) {
  MaskAt mask{};
  if (p.mask_kind == MaskKind::boolean) mask.seen = mask_as<std::uint8_t>(p, batch);
  if (p.mask_kind == MaskKind::added) mask.added = mask_as<float>(p, batch);
  return mask;
}

/// The score that comes of a product; -infinity where the query does not see the key.
CAROM_DEVICE float score_of(const AttentionParams& p, const MaskAt& mask, float product,
                            std::int64_t query, std::int64_t key) {
  const float low = -__builtin_inff();
  if (query >= p.queries || key >= p.keys || (p.causal && key > query)) return low;
  const float score = product * p.scale;
  if (p.mask_kind == MaskKind::added) return score + mask.added[query][key * p.mask_column];
  if (p.mask_kind == MaskKind::none) return score;
  return mask.seen[query][key * p.mask_column] != 0 ? score : low;
}

/// kSide rows from `first` on to shared memory, with zeros beyond `count` rows and the columns.
CAROM_DEVICE void load_rows(MatrixAt<const float> m, std::int64_t first, std::int64_t count,
                            std::int64_t columns, float* target) {
  const int row_size = static_cast<int>(shared_row(columns));
  for (int i = static_cast<int>(threadIdx.x); i < kSide * row_size;
       i += static_cast<int>(blockDim.x)) {
    const int row = i / row_size, column = i - row * row_size;
    target[i] = first + row < count && column < columns ? m[first + row][column] : 0.0f;
  }
}

/// Products of a row with those rows of a tile that this lane has.
CAROM_DEVICE void multiply_row(const float* row, const float* tile, std::int64_t columns,
                               float (&out)[kOwn]) {
  const int lane = static_cast<int>(threadIdx.x) % kRowLanes;
  const int count = static_cast<int>(columns), row_size = static_cast<int>(shared_row(columns));
  CAROM_UNROLL
  for (int j = 0; j < kOwn; ++j) out[j] = 0;
  for (int c = 0; c < count; ++c) {
    const float x = row[c];
    CAROM_UNROLL
    for (int j = 0; j < kOwn; ++j) out[j] += x * tile[(lane + j * kRowLanes) * row_size + c];
  }
}

/// sums[column] += factors times the rows of a tile, for this lane's columns.
template <int turns>
CAROM_DEVICE void add_rows(const float* factors, const float* tile, std::int64_t columns,
                           float (&sums)[turns]) {
  const int lane = static_cast<int>(threadIdx.x) % kRowLanes;
  const int count = static_cast<int>(columns), row_size = static_cast<int>(shared_row(columns));
  for (int i = 0; i < kSide; ++i) {
    const float x = factors[i];
    CAROM_UNROLL
    for (int j = 0; j < turns; ++j) {
      if (j * kRowLanes < count) sums[j] += x * tile[i * row_size + lane + j * kRowLanes];
    }
  }
}

/// This lane's columns of a row of the result.
template <int turns>
CAROM_DEVICE void write_row(float* to, std::int64_t columns, const float (&sums)[turns],
                            float factor) {
  const int lane = static_cast<int>(threadIdx.x) % kRowLanes;
  CAROM_UNROLL
  for (int j = 0; j < turns; ++j) {
    if (lane + j * kRowLanes < columns) to[lane + j * kRowLanes] = sums[j] * factor;
  }
}

/// Combines the values of a row's lanes. All threads of the warp must come.
template <class Combine>
CAROM_DEVICE float row_reduce(float value, Combine combine) {
  for (int step = kRowLanes / 2; step > 0; step /= 2) {
    value = combine(value, __shfl_xor_sync(0xFFFFFFFFu, value, step));
  }
  return value;
}

inline std::int64_t sides(std::int64_t count) { return (count + kSide - 1) / kSide; }

}  // namespace carom::cuda
