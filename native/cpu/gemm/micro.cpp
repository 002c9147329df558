#include "cpu/gemm/micro.h"

#include <utility>

namespace carom::cpu::CAROM_ISA {
namespace {

template <int rows, int vectors>
CAROM_INLINE void store_tile(Vec (&acc)[rows][vectors], const TileOutput& out) {
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
    float* c = out.c + i * out.c_row;
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      float* at = c + j * kLanes;
      if (j + 1 < vectors || rest == kLanes) {
        if (out.add) acc[i][j] += load(at);
        store(at, acc[i][j]);
      } else {
        if (out.add) acc[i][j] += load_first(at, rest);
        store_first(at, acc[i][j], rest);
      }
    }
  }
}

/// kDense: a is read along its rows (a_col == 1); otherwise down its columns (a_row == 1).
template <int rows, int vectors, bool kDense>
void tile(const TileInput& in, const TileOutput& out) {
  Vec acc[rows][vectors] = {};
  const float* a = in.a;
  const float* b = in.b;
  const std::int64_t a_row = kDense ? in.a_row : 1;
  const std::int64_t a_step = kDense ? 1 : in.a_col;
  const std::int64_t b_step = in.b_row;
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) __builtin_prefetch(out.c + i * out.c_row, 1);
#pragma GCC unroll 2
  for (std::int64_t k = 0; k < in.k; ++k) {
    Vec bk[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) bk[j] = load(b + j * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Vec aik = splat(a[i * a_row]);
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) acc[i][j] += aik * bk[j];
    }
    a += a_step;
    b += b_step;
  }
  store_tile(acc, out);
}

using TileFunction = void (*)(const TileInput&, const TileOutput&);

template <int vectors, bool kDense, std::size_t... row>
constexpr void fill_table(TileFunction* table, std::index_sequence<row...>) {
  ((table[row] = tile<static_cast<int>(row) + 1, vectors, kDense>), ...);
}

struct Table {
  TileFunction function[kMaxVectors][2][16];

  template <int vectors>
  constexpr void fill() {
    constexpr auto rows = std::make_index_sequence<max_tile_rows(vectors)>{};
    fill_table<vectors, false>(function[vectors - 1][0], rows);
    fill_table<vectors, true>(function[vectors - 1][1], rows);
    if constexpr (vectors < kMaxVectors) fill<vectors + 1>();
  }
  constexpr Table() : function{} { fill<1>(); }
};

constexpr Table kTable;

template <Activation activation>
void activate(float* c, std::int64_t c_row, std::int64_t rows, int columns) {
  const auto apply = [](Vec v) {
    if constexpr (activation == Activation::tanh) return math::tanh(v);
    else return v < splat(0) ? splat(0) : v;
  };
  for (std::int64_t i = 0; i < rows; ++i) {
    float* at = c + i * c_row;
    int j = 0;
    for (; j + kLanes <= columns; j += kLanes) store(at + j, apply(load(at + j)));
    if (j < columns) store_first(at + j, apply(load_first(at + j, columns - j)), columns - j);
  }
}

}  // namespace

void activate_rows(Activation activation, float* c, std::int64_t c_row, std::int64_t rows,
                   int columns) {
  if (activation == Activation::tanh) activate<Activation::tanh>(c, c_row, rows, columns);
  if (activation == Activation::relu) activate<Activation::relu>(c, c_row, rows, columns);
}

void multiply_tile(int rows, int vectors, const TileInput& in, const TileOutput& out) {
  const bool dense = in.a_col == 1;
  kTable.function[vectors - 1][dense][rows - 1](in, out);
  if (out.activation != Activation::none) {
    activate_rows(out.activation, out.c, out.c_row, rows, out.columns);
  }
}

void multiply_rows(std::int64_t rows, int vectors, TileInput in, TileOutput out) {
  const std::int64_t tallest = max_tile_rows(vectors);
  const std::int64_t tiles = (rows + tallest - 1) / tallest;
  for (std::int64_t i = 0; i < tiles; ++i) {
    // Tiles of equal height: a short last tile would use the registers badly.
    const std::int64_t height = (rows + i) / tiles;
    multiply_tile(static_cast<int>(height), vectors, in, out);
    in.a += height * in.a_row;
    out.c += height * out.c_row;
  }
}

}  // namespace carom::cpu::CAROM_ISA
