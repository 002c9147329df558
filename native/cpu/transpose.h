// Transposes and sums of square blocks of kLanes vectors, in registers.
#pragma once

#include <utility>

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {

/// One step of a transpose: swaps the off-diagonal blocks of size `block` between rows i and i +
/// block.
template <int block, std::size_t... lane>
CAROM_INLINE void exchange(Vec& upper, Vec& lower, std::index_sequence<lane...>) {
  const Vec a = upper, b = lower;
  upper = __builtin_shufflevector(a, b, ((lane & block) == 0 ? lane : kLanes + lane - block)...);
  lower = __builtin_shufflevector(a, b, ((lane & block) == 0 ? lane + block : kLanes + lane)...);
}

/// The steps with blocks of this size and smaller.
template <int block>
CAROM_INLINE void transpose_from(Vec* rows) {
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) {
    if ((i & block) == 0)
      exchange<block>(rows[i], rows[i + block], std::make_index_sequence<kLanes>{});
  }
  if constexpr (block > 1) transpose_from<block / 2>(rows);
}

/// rows[i][j] <-> rows[j][i].
CAROM_INLINE void transpose(Vec* rows) { transpose_from<kLanes / 2>(rows); }

/// One step of sum_rows: halves the number of vectors and the number of addends in each.
template <int block, std::size_t... lane>
CAROM_INLINE Vec fold(Vec a, Vec b, std::index_sequence<lane...>) {
  const Vec first =
      __builtin_shufflevector(a, b, ((lane & block) == 0 ? lane : kLanes + lane - block)...);
  const Vec second =
      __builtin_shufflevector(a, b, ((lane & block) == 0 ? lane + block : kLanes + lane)...);
  return first + second;
}

template <int block>
CAROM_INLINE Vec sum_rows_from(Vec* rows) {
#pragma GCC unroll 8
  for (int i = 0; i < block; ++i) {
    rows[i] = fold<block>(rows[i], rows[i + block], std::make_index_sequence<kLanes>{});
  }
  if constexpr (block > 1) return sum_rows_from<block / 2>(rows);
  else return rows[0];
}

/// Lane i of the result is the sum of the lanes of rows[i], always in the same order. Overwrites
/// rows.
CAROM_INLINE Vec sum_rows(Vec* rows) { return sum_rows_from<kLanes / 2>(rows); }

}  // namespace carom::cpu::CAROM_ISA
