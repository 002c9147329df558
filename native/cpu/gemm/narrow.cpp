#include "cpu/gemm/narrow.h"

#include "cpu/gemm/micro.h"
#include "cpu/transpose.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr int kColumns = 4;
constexpr int kRows = kLanes / kColumns;

/// Lane 4 r + j of the result is the dot product of row r of a with column j of b.
CAROM_INLINE Vec dots(const float* const (&a)[kRows], const float* const (&b)[kColumns],
                      std::int64_t depth) {
  Vec sums[kLanes] = {};
  std::int64_t k = 0;
  for (; k + kLanes <= depth; k += kLanes) {
    Vec column[kColumns];
#pragma GCC unroll 4
    for (int j = 0; j < kColumns; ++j) column[j] = load(b[j] + k);
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      const Vec row = load(a[r] + k);
#pragma GCC unroll 4
      for (int j = 0; j < kColumns; ++j) sums[kColumns * r + j] += row * column[j];
    }
  }
  if (k < depth) {
    const int n = static_cast<int>(depth - k);
    for (int i = 0; i < kLanes; ++i) {
      sums[i] += load_first(a[i / kColumns] + k, n) * load_first(b[i % kColumns] + k, n);
    }
  }
  return sum_rows(sums);
}

/// kRows rows (fewer at the end) by `columns` <= 4 columns, from column j on.
CAROM_INLINE void block(const GemmParams& p, std::int64_t row, int rows, std::int64_t j,
                        int columns) {
  const float* a[kRows];
  const float* b[kColumns];
  // Rows and columns that do not exist repeat the last one; their results are not stored.
  for (int r = 0; r < kRows; ++r) a[r] = p.a + (row + (r < rows ? r : rows - 1)) * p.a_row;
  for (int i = 0; i < kColumns; ++i) b[i] = p.b + (j + (i < columns ? i : columns - 1)) * p.b_col;
  alignas(64) float result[kLanes];
  store(result, dots(a, b, p.k));
  for (int r = 0; r < rows; ++r) {
    float* c = p.c + (row + r) * p.c_row + j;
    for (int i = 0; i < columns; ++i) {
      const float bias = p.bias != nullptr ? p.bias[j + i] : 0.0f;
      c[i] = result[kColumns * r + i] + bias + (p.accumulate ? c[i] : 0.0f);
    }
  }
}

}  // namespace

void multiply_narrow(const GemmParams& p, Range rows) {
  for (std::int64_t row = rows.begin; row < rows.end; row += kRows) {
    const int height = rows.end - row < kRows ? static_cast<int>(rows.end - row) : kRows;
    for (std::int64_t j = 0; j < p.n; j += kColumns) {
      block(p, row, height, j, p.n - j < kColumns ? static_cast<int>(p.n - j) : kColumns);
    }
  }
  if (rows.begin < rows.end) {
    activate_rows(p.activation, p.c + rows.begin * p.c_row, p.c_row, rows.end - rows.begin,
                  static_cast<int>(p.n));
  }
}

}  // namespace carom::cpu::CAROM_ISA
