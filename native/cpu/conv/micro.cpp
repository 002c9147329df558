#include "cpu/conv/micro.h"

#include <utility>

namespace carom::cpu::CAROM_ISA {
namespace {

template <int rows, int vectors>
CAROM_INLINE void store_tile(Vec (&acc)[rows][vectors], const ConvTarget& out) {
  const int rest = out.columns - (vectors - 1) * kLanes;  // columns in the last vector
  if (out.bias != nullptr) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      const float* at = out.bias + j * kLanes;
      const Vec bias = j + 1 < vectors ? load(at) : load_first(at, rest);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) acc[i][j] += bias;
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
    float* c = out.c + out.rows[i];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      float* at = c + j * kLanes;
      const bool whole = j + 1 < vectors || rest == kLanes;
      if (out.add) acc[i][j] += whole ? load(at) : load_first(at, rest);
      if (out.relu) acc[i][j] = acc[i][j] < splat(0) ? splat(0) : acc[i][j];
      if (whole) store(at, acc[i][j]);
      else store_first(at, acc[i][j], rest);
    }
  }
}

/// kAdjacent: row i begins at a + i, and a_step[2] is any; otherwise rows begin where `rows` says.
template <int rows, int vectors, bool kAdjacent>
void tile(const ConvTile& in, const ConvTarget& out) {
  Vec acc[rows][vectors] = {};
  const float* row[rows];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) row[r] = in.a + (kAdjacent ? r : in.rows[r]);
  const std::int64_t a_step = kAdjacent ? in.a_step[2] : 1;
  const std::int64_t b_step = in.b_step[2], count = in.count[2];
  for (std::int64_t i = 0; i < in.count[0]; ++i) {
    for (std::int64_t j = 0; j < in.count[1]; ++j) {
      const float* b = in.b + i * in.b_step[0] + j * in.b_step[1];
      std::int64_t at = i * in.a_step[0] + j * in.a_step[1];
#pragma GCC unroll 2
      for (std::int64_t k = 0; k < count; ++k) {
        Vec bk[vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) bk[v] = load(b + v * kLanes);
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
          const Vec ark = splat(kAdjacent ? in.a[at + r] : row[r][at]);
#pragma GCC unroll 4
          for (int v = 0; v < vectors; ++v) acc[r][v] += ark * bk[v];
        }
        at += a_step;
        b += b_step;
      }
    }
  }
  store_tile(acc, out);
}

using TileFunction = void (*)(const ConvTile&, const ConvTarget&);

template <int vectors, bool kAdjacent, std::size_t... row>
constexpr void fill_table(TileFunction* table, std::index_sequence<row...>) {
  ((table[row] = tile<static_cast<int>(row) + 1, vectors, kAdjacent>), ...);
}

struct Table {
  TileFunction function[kMaxVectors][2][kMaxConvRows];

  template <int vectors>
  constexpr void fill() {
    constexpr auto rows = std::make_index_sequence<max_conv_rows(vectors)>{};
    fill_table<vectors, false>(function[vectors - 1][0], rows);
    fill_table<vectors, true>(function[vectors - 1][1], rows);
    if constexpr (vectors < kMaxVectors) fill<vectors + 1>();
  }
  constexpr Table() : function{} { fill<1>(); }
};

constexpr Table kTable;

}  // namespace

void conv_tile(int rows, int vectors, const ConvTile& in, const ConvTarget& out) {
  kTable.function[vectors - 1][in.rows == nullptr][rows - 1](in, out);
}

}  // namespace carom::cpu::CAROM_ISA
