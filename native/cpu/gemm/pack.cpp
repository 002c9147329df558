#include "cpu/gemm/pack.h"

#include "cpu/transpose.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Columns are contiguous along k: transposes blocks of kLanes by kLanes.
void pack_columns(const Matrix& b, const Panel& panel, std::int64_t begin, std::int64_t end,
                  float* target) {
  const std::int64_t width = panel.vectors * kLanes;
  for (int first = 0; first < width; first += kLanes) {
    const int columns = panel.columns - first < kLanes ? panel.columns - first : kLanes;
    const float* source = b.at + (panel.column + first) * b.col;
    for (std::int64_t k = begin; k < end; k += kLanes) {
      const int depth = end - k < kLanes ? static_cast<int>(end - k) : kLanes;
      Vec rows[kLanes] = {};
      if (columns == kLanes && depth == kLanes) {
#pragma GCC unroll 16
        for (int i = 0; i < kLanes; ++i) rows[i] = load(source + i * b.col + k);
      } else {
        for (int i = 0; i < columns; ++i) rows[i] = load_first(source + i * b.col + k, depth);
      }
      transpose(rows);
      for (int i = 0; i < depth; ++i) store(target + (k - begin + i) * width + first, rows[i]);
    }
  }
}

/// Rows are contiguous along n: copies.
void pack_rows(const Matrix& b, const Panel& panel, std::int64_t begin, std::int64_t end,
               float* target) {
  const int whole = panel.columns / kLanes;
  const int rest = panel.columns - whole * kLanes;
  for (std::int64_t k = begin; k < end; ++k) {
    const float* source = b.at + k * b.row + panel.column;
    for (int j = 0; j < whole; ++j) store(target + j * kLanes, load(source + j * kLanes));
    if (rest > 0) store(target + whole * kLanes, load_first(source + whole * kLanes, rest));
    target += panel.vectors * kLanes;
  }
}

}  // namespace

void pack_panel(const Matrix& b, const Panel& panel, std::int64_t begin, std::int64_t end,
                float* target) {
  if (b.col == 1) return pack_rows(b, panel, begin, end, target);
  return pack_columns(b, panel, begin, end, target);
}

}  // namespace carom::cpu::CAROM_ISA
