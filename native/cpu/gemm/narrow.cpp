#include "cpu/gemm/narrow.h"

#include "cpu/gemm/micro.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr int kColumns = 4;
constexpr int kRows = 8;
/// Neighbours along k in one vector: lane kSpan j + i holds k + i of column j.
constexpr int kSpan = kLanes / kColumns;
/// Depth that is packed at a time.
constexpr std::int64_t kDepth = 1024;

/// a[0..kSpan) once per column.
CAROM_INLINE Vec repeated(const float* a) {
#if defined(CAROM_ISA_avx512)
  return (Vec)_mm512_maskz_broadcast_f32x4(0xFFFF, _mm_loadu_ps(a));
#elif defined(CAROM_ISA_avx2)
  return (Vec)_mm256_castpd_ps(_mm256_broadcast_sd(reinterpret_cast<const double*>(a)));
#else
  return splat(*a);
#endif
}

/// Columns [j, j + columns) of b, rows [begin, end), in the order of `repeated`; zeros elsewhere.
void pack(const GemmParams& p, std::int64_t j, int columns, std::int64_t begin, std::int64_t end,
          float* packed) {
  for (std::int64_t k = begin; k < end; k += kSpan) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::int64_t at = k + lane % kSpan;
      const int column = lane / kSpan;
      const bool exists = column < columns && at < end;
      *packed++ = exists ? p.b[(j + column) * p.b_col + at] : 0.0f;
    }
  }
}

/// sums[row][column] += the lanes of acc[row] that belong to the column.
CAROM_INLINE void add_lanes(const Vec* acc, float (&sums)[kRows][kColumns]) {
#if defined(CAROM_ISA_avx512)
#pragma GCC unroll 2
  for (int r = 0; r < kRows; r += 4) {
    const auto pairs = [](Vec a, Vec b) {
      return (Vec)_mm512_maskz_unpacklo_ps(0xFFFF, (__m512)a, (__m512)b) +
             (Vec)_mm512_maskz_unpackhi_ps(0xFFFF, (__m512)a, (__m512)b);
    };
    const Vec first = pairs(acc[r], acc[r + 1]), second = pairs(acc[r + 2], acc[r + 3]);
    const Vec by_column = (Vec)_mm512_maskz_shuffle_ps(0xFFFF, (__m512)first, (__m512)second, 0x44) +
                          (Vec)_mm512_maskz_shuffle_ps(0xFFFF, (__m512)first, (__m512)second, 0xEE);
    const Vec by_row = __builtin_shufflevector(by_column, by_column, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6,
                                               10, 14, 3, 7, 11, 15);
    store(sums[r], load(sums[r]) + by_row);
  }
#else
  for (int r = 0; r < kRows; ++r) {
    for (int lane = 0; lane < kLanes; ++lane) sums[r][lane / kSpan] += acc[r][lane];
  }
#endif
}

/// The products of kRows rows, k in [begin, end), with packed columns, added to `sums`.
CAROM_INLINE void multiply(const float* const (&a)[kRows], std::int64_t begin, std::int64_t end,
                           const float* packed, float (&sums)[kRows][kColumns]) {
  Vec acc[kRows] = {};
  std::int64_t k = begin;
  for (; k + kSpan <= end; k += kSpan, packed += kLanes) {
    const Vec b = load(packed);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) acc[r] += repeated(a[r] + k) * b;
  }
  if (k < end) {
    const Vec b = load(packed);
    for (int r = 0; r < kRows; ++r) {
      float rest[kSpan] = {};
      for (std::int64_t i = k; i < end; ++i) rest[i - k] = a[r][i];
      acc[r] += repeated(rest) * b;
    }
  }
  add_lanes(acc, sums);
}

/// Rows `rows` of c, columns [j, j + columns), `columns` <= 4.
void multiply_columns(const GemmParams& p, Range rows, std::int64_t j, int columns) {
  alignas(64) float packed[kDepth * kColumns];
  for (std::int64_t begin = 0; begin < p.k; begin += kDepth) {
    const std::int64_t end = begin + kDepth < p.k ? begin + kDepth : p.k;
    pack(p, j, columns, begin, end, packed);
    for (std::int64_t row = rows.begin; row < rows.end; row += kRows) {
      const int height = rows.end - row < kRows ? static_cast<int>(rows.end - row) : kRows;
      // Rows that do not exist repeat the last one; their results are not stored.
      const float* a[kRows];
      for (int r = 0; r < kRows; ++r) a[r] = p.a + (row + (r < height ? r : height - 1)) * p.a_row;
      alignas(64) float sums[kRows][kColumns] = {};
      multiply(a, begin, end, packed, sums);
      for (int r = 0; r < height; ++r) {
        float* c = p.c + (row + r) * p.c_row + j;
        for (int i = 0; i < columns; ++i) {
          const float bias = p.bias != nullptr && begin == 0 ? p.bias[j + i] : 0.0f;
          c[i] = sums[r][i] + bias + (p.accumulate || begin > 0 ? c[i] : 0.0f);
        }
      }
    }
  }
}

}  // namespace

void multiply_narrow(const GemmParams& p, Range rows) {
  for (std::int64_t j = 0; j < p.n; j += kColumns) {
    multiply_columns(p, rows, j, p.n - j < kColumns ? static_cast<int>(p.n - j) : kColumns);
  }
  if (rows.begin < rows.end) {
    activate_rows(p.activation, p.c + rows.begin * p.c_row, p.c_row, rows.end - rows.begin,
                  static_cast<int>(p.n));
  }
}

}  // namespace carom::cpu::CAROM_ISA
