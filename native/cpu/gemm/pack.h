// Packs a piece of b into [k][panel width], padded with zeros to whole vectors, so that the
// micro-kernel reads it in order.
#pragma once

#include "cpu/gemm/panels.h"

namespace carom::cpu::CAROM_ISA {

/// b(k, n) = b[k * row + n * col], one of row and col being 1.
struct Matrix {
  const float* at;
  std::int64_t row, col;
};

/// Writes rows [begin, end) of the panel to target[k * panel.vectors * kLanes ...], k counted from
/// 0.
void pack_panel(const Matrix& b, const Panel& panel, std::int64_t begin, std::int64_t end,
                float* target);

}  // namespace carom::cpu::CAROM_ISA
