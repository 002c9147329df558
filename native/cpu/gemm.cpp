// gemm: see ops/gemm.h for the four ways. Blocking: kDepth rows of k at a time, so that a panel of
// b stays in the first-level cache; kBlockRows rows of a, so that they stay in the second level
// while the panels pass.
#include "ops/gemm.h"

#include "cpu/gemm/micro.h"
#include "cpu/gemm/narrow.h"
#include "cpu/gemm/pack.h"
#include "cpu/transpose.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr std::int64_t kDepth = 256;
constexpr std::int64_t kBlockRows = 256;

CAROM_INLINE std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

float* scratch_of(const Team& team) { return reinterpret_cast<float*>(team.scratch); }

// ---------------------------------------------------------------------------------------- rows

/// Packs this rank's share of k of every panel; a panel begins at column * K of the scratch.
void pack_share(const GemmParams& p, const Team& team) {
  const Range depth = team.share(p.k, kLanes);
  if (depth.begin >= depth.end) return;
  const Matrix b{p.b, p.b_row, p.b_col};
  const Panels panels(p.n);
  for (std::int64_t i = 0; i < panels.count; ++i) {
    const Panel panel = panels[i];
    float* target = scratch_of(team) + panel.column * p.k + depth.begin * panel.vectors * kLanes;
    pack_panel(b, panel, depth.begin, depth.end, target);
  }
}

/// Rows `rows` of the panel's columns, for the whole of k.
void multiply_block(const GemmParams& p, const float* packed, const Panel& panel, Range rows) {
  const std::int64_t width = panel.vectors * kLanes;
  for (std::int64_t k = 0; k < p.k || k == 0; k += kDepth) {
    const bool first = k == 0, last = k + kDepth >= p.k;
    const TileInput in{p.a + rows.begin * p.a_row + k * p.a_col, p.a_row, p.a_col,
                       packed + panel.column * p.k + k * width,  width,   least(kDepth, p.k - k)};
    const TileOutput out{p.c + rows.begin * p.c_row + panel.column,
                         p.c_row,
                         panel.columns,
                         last && p.bias != nullptr ? p.bias + panel.column : nullptr,
                         p.accumulate || !first,
                         last ? p.activation : Activation::none};
    multiply_rows(rows.end - rows.begin, panel.vectors, in, out);
  }
}

void multiply_share(const GemmParams& p, const Team& team) {
  const Panels panels(p.n);
  const Range mine = p.by_rows ? team.rows(p.m) : Range{0, p.m};
  const Range columns = p.by_rows ? Range{0, panels.count} : team.share(panels.count);
  for (std::int64_t row = mine.begin; row < mine.end; row += kBlockRows) {
    const Range rows{row, least(row + kBlockRows, mine.end)};
    for (std::int64_t i = columns.begin; i < columns.end; ++i) {
      multiply_block(p, scratch_of(team), panels[i], rows);
    }
  }
}

// ------------------------------------------------------------------------------------- split-K

/// The product whose pieces are computed: c, or its transpose (b^T a^T).
struct PieceProduct {
  std::int64_t m, n;
  Matrix a, b;

  explicit CAROM_INLINE PieceProduct(const GemmParams& p) {
    const Matrix left{p.a, p.a_row, p.a_col}, right{p.b, p.b_row, p.b_col};
    m = p.swapped ? p.n : p.m;
    n = p.swapped ? p.m : p.n;
    a = p.swapped ? Matrix{right.at, right.col, right.row} : left;
    b = p.swapped ? Matrix{left.at, left.col, left.row} : right;
  }
};

/// A panel of b that consists of whole aligned vectors, or is used by few rows, is read where it
/// is.
CAROM_INLINE bool readable_in_place(const Matrix& b, const Panel& panel, std::int64_t rows) {
  if (b.col != 1 || panel.columns != panel.vectors * kLanes) return false;
  const bool aligned = b.row % kLanes == 0 && reinterpret_cast<std::uintptr_t>(b.at) % 64 == 0;
  return rows <= 8 || (aligned && b.row <= 4 * kMaxVectors * kLanes);
}

/// Rows [begin, end) of k times one panel, into the piece's own copy of the product.
void multiply_piece(const PieceProduct& p, Range depth, const Panel& panel, float* partial) {
  constexpr std::int64_t kPieceDepth = 128;
  alignas(64) float packed[kPieceDepth * kMaxVectors * kLanes];
  const std::int64_t width = panel.vectors * kLanes;
  const bool in_place = readable_in_place(p.b, panel, p.m);
  for (std::int64_t k = depth.begin; k < depth.end; k += kPieceDepth) {
    const std::int64_t count = least(kPieceDepth, depth.end - k);
    if (!in_place) pack_panel(p.b, panel, k, k + count, packed);
    const float* b = in_place ? p.b.at + k * p.b.row + panel.column : packed;
    const TileInput in{p.a.at + k * p.a.col,       p.a.row, p.a.col, b,
                       in_place ? p.b.row : width, count};
    const TileOutput out{partial + panel.column,  padded_columns(p.n),
                         static_cast<int>(width), nullptr,
                         k > depth.begin,         Activation::none};
    multiply_rows(p.m, panel.vectors, in, out);
  }
}

void multiply_pieces(const GemmParams& p, const Team& team) {
  const PieceProduct product(p);
  const Panels panels(product.n);
  const Range mine = team.rows(p.k);
  for (std::int64_t k = mine.begin; k < mine.end; k += p.piece) {
    const Range depth{k, least(k + p.piece, mine.end)};
    float* partial = scratch_of(team) + k / p.piece * partial_size(p);
    for (std::int64_t i = 0; i < panels.count; ++i)
      multiply_piece(product, depth, panels[i], partial);
  }
}

/// Sum over the pieces of the kLanes floats at `partial`.
CAROM_INLINE Vec sum_at(const GemmParams& p, const float* partial, std::int64_t pieces) {
  Vec sum = load(partial);
  for (std::int64_t i = 1; i < pieces; ++i) sum += load(partial + i * partial_size(p));
  return sum;
}

CAROM_INLINE void finish_sum(const GemmParams& p, std::int64_t row, std::int64_t column, Vec sum) {
  const int n = static_cast<int>(least(kLanes, p.n - column));
  float* c = p.c + row * p.c_row + column;
  if (p.accumulate) sum += load_first(c, n);
  if (p.bias != nullptr) sum += load_first(p.bias + column, n);
  store_first(c, sum, n);
}

void sum_rows_of_pieces(const GemmParams& p, const Team& team, std::int64_t pieces) {
  const Range mine = team.share(p.m);
  for (std::int64_t row = mine.begin; row < mine.end; ++row) {
    const float* partial = scratch_of(team) + row * padded_columns(p.n);
    for (std::int64_t j = 0; j < p.n; j += kLanes)
      finish_sum(p, row, j, sum_at(p, partial + j, pieces));
  }
  if (mine.begin < mine.end) {
    activate_rows(p.activation, p.c + mine.begin * p.c_row, p.c_row, mine.end - mine.begin,
                  static_cast<int>(p.n));
  }
}

/// The pieces hold the transpose: kLanes by kLanes blocks are turned round on their way to c.
void sum_columns_of_pieces(const GemmParams& p, const Team& team, std::int64_t pieces) {
  const Range mine = team.share(p.m, kLanes);
  for (std::int64_t row = mine.begin; row < mine.end; row += kLanes) {
    const int rows = static_cast<int>(least(kLanes, mine.end - row));
    for (std::int64_t j = 0; j < p.n; j += kLanes) {
      const std::int64_t columns = least(kLanes, p.n - j);
      Vec block[kLanes] = {};
      for (std::int64_t i = 0; i < columns; ++i) {
        block[i] = sum_at(p, scratch_of(team) + (j + i) * padded_columns(p.m) + row, pieces);
      }
      transpose(block);
      for (int i = 0; i < rows; ++i) finish_sum(p, row + i, j, block[i]);
    }
  }
}

void sum_pieces(const GemmParams& p, const Team& team) {
  const std::int64_t pieces = (p.k + p.piece - 1) / p.piece;
  if (p.swapped) sum_columns_of_pieces(p, team, pieces);
  else sum_rows_of_pieces(p, team, pieces);
}

// ---------------------------------------------------------------------------------------- thin

/// Columns of b are dense: one dot product for each element of c.
void thin_dots(const GemmParams& p, Range columns) {
  for (std::int64_t row = 0; row < p.m; ++row) {
    const float* a = p.a + row * p.a_row;
    for (std::int64_t j = columns.begin; j < columns.end; ++j) {
      const float* b = p.b + j * p.b_col;
      Vec sum = {}, other = {};
      std::int64_t k = 0;
      for (; k + 2 * kLanes <= p.k && p.a_col == 1; k += 2 * kLanes) {
        sum += load(a + k) * load(b + k);
        other += load(a + k + kLanes) * load(b + k + kLanes);
      }
      for (; k < p.k; k += kLanes) {
        const int n = static_cast<int>(least(kLanes, p.k - k));
        sum += gather_first(a + k * p.a_col, p.a_col, n) * load_first(b + k, n);
      }
      const float dot = sum_lanes(sum + other) + (p.bias != nullptr ? p.bias[j] : 0.0f);
      float& c = p.c[row * p.c_row + j];
      c = p.accumulate ? c + dot : dot;
    }
  }
}

/// Rows of b are dense: c is a sum of them.
void thin_sums(const GemmParams& p, Range columns) {
  for (std::int64_t row = 0; row < p.m; ++row) {
    const float* a = p.a + row * p.a_row;
    for (std::int64_t j = columns.begin; j < columns.end; j += kLanes) {
      const int n = static_cast<int>(least(kLanes, columns.end - j));
      Vec sum = p.bias != nullptr ? load_first(p.bias + j, n) : Vec{};
      for (std::int64_t k = 0; k < p.k; ++k) {
        const float* b = p.b + k * p.b_row + j;
        sum += a[k * p.a_col] * (n == kLanes ? load(b) : load_first(b, n));
      }
      float* c = p.c + row * p.c_row + j;
      if (p.accumulate) sum += load_first(c, n);
      store_first(c, sum, n);
    }
  }
}

void multiply_thin(const GemmParams& p, const Team& team) {
  const Range columns = team.share(p.n, kLanes);
  if (columns.begin >= columns.end) return;
  if (p.b_row == 1) thin_dots(p, columns);
  else thin_sums(p, columns);
  activate_rows(p.activation, p.c + columns.begin, p.c_row, p.m,
                static_cast<int>(columns.end - columns.begin));
}

}  // namespace

void gemm(const GemmParams& p, const Team& team) {
  switch (p.way) {
    case GemmWay::rows: return team.phase == 0 ? pack_share(p, team) : multiply_share(p, team);
    case GemmWay::split_k: return team.phase == 0 ? multiply_pieces(p, team) : sum_pieces(p, team);
    case GemmWay::thin: return multiply_thin(p, team);
    case GemmWay::narrow: return multiply_narrow(p, team.rows(p.m));
  }
}

}  // namespace carom::cpu::CAROM_ISA
