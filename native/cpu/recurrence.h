// The recurrent product of gru and lstm: weights packed once, then multiplied at every step with
// the rows of the sequences that one rank takes through time. Each element of a product is summed
// in the order of k, whatever the number of rows, so results depend neither on the number of
// threads nor on what else is in the batch.
#pragma once

#include "cpu/gemm/micro.h"
#include "cpu/gemm/pack.h"
#include "ops/gemm.h"
#include "ops/recurrence.h"

namespace carom::cpu::CAROM_ISA {

/// b [k, n], packed in scratch memory, or read where it is if `packed` is null.
struct Weights {
  Matrix b;
  std::int64_t n, k;
  float* packed;
};

CAROM_INLINE void pack_weights(const Weights& w, const Team& team) {
  const Range depth = team.share(w.k, kLanes);
  if (depth.begin >= depth.end) return;
  const Panels panels(w.n);
  for (std::int64_t i = 0; i < panels.count; ++i) {
    const Panel panel = panels[i];
    float* target = w.packed + panel.column * w.k + depth.begin * panel.vectors * kLanes;
    pack_panel(w.b, panel, depth.begin, depth.end, target);
  }
}

/// c [rows, n] = a [rows, k] * b + bias (or c += a * b), all rows dense; bias may be null.
CAROM_INLINE void multiply_weights(const Weights& w, std::int64_t rows, const float* a, float* c,
                                   const float* bias, bool add) {
  if (w.packed == nullptr) {
    GemmParams p{};
    p.m = rows, p.n = w.n, p.k = w.k;
    p.a = a, p.a_row = w.k, p.a_col = 1;
    p.b = w.b.at, p.b_row = w.b.row, p.b_col = w.b.col;
    p.c = c, p.c_row = w.n;
    p.bias = bias;
    p.accumulate = add;
    p.way = GemmWay::thin;
    return gemm(p, Team{});
  }
  constexpr std::int64_t kDepth = 256;  // so that a panel stays in the first-level cache
  const Panels panels(w.n);
  for (std::int64_t i = 0; i < panels.count; ++i) {
    const Panel panel = panels[i];
    const std::int64_t width = panel.vectors * kLanes;
    for (std::int64_t k = 0; k < w.k; k += kDepth) {
      const std::int64_t depth = w.k - k < kDepth ? w.k - k : kDepth;
      const TileInput in{a + k, w.k, 1, w.packed + panel.column * w.k + k * width, width, depth};
      const float* last = k + kDepth >= w.k && bias != nullptr ? bias + panel.column : nullptr;
      const TileOutput out{c + panel.column, w.n,          panel.columns, last,
                           add || k > 0,     Activation::none};
      multiply_rows(rows, panel.vectors, in, out);
    }
  }
}

/// Rows of the state before a step: `state` itself, or a copy with zeros where the state is reset.
CAROM_INLINE const float* after_resets(const Sequence& s, std::int64_t t, Range rows,
                                       const float* state, float* copy) {
  bool any = false;
  for (std::int64_t b = rows.begin; b < rows.end; ++b) any |= s.resets(t, b);
  if (!any) return state;
  for (std::int64_t b = rows.begin; b < rows.end; ++b) {
    const std::int64_t at = (b - rows.begin) * s.units;
    const std::size_t bytes = static_cast<std::size_t>(s.units) * sizeof(float);
    if (s.resets(t, b)) __builtin_memset(copy + at, 0, bytes);
    else __builtin_memcpy(copy + at, state + at, bytes);
  }
  return copy;
}

/// Calls `block(rows, scratch)` for this rank's sequences, some at a time; `scratch` is its own.
template <class Block>
CAROM_INLINE void for_sequences(const Sequence& s, const Team& team, float* scratch,
                                std::int64_t row_floats, Block block) {
  const Range mine = team.share(s.batch, 4);
  float* own = scratch + mine.begin * row_floats;
  for (std::int64_t b = mine.begin; b < mine.end; b += kSequenceBlock) {
    block(Range{b, b + kSequenceBlock < mine.end ? b + kSequenceBlock : mine.end}, own);
  }
}

CAROM_INLINE int lanes_left(std::int64_t units, std::int64_t j) {
  return units - j < kLanes ? static_cast<int>(units - j) : kLanes;
}

}  // namespace carom::cpu::CAROM_ISA
