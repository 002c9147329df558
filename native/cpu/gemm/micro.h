// The micro-kernel: a tile of c of a few rows by one panel, kept in registers over the whole of k.
// Tiles are 6x64, 8x48, 12x32 or 16x16 floats with 512-bit vectors, 6x16 or 8x8 with 256-bit ones.
#pragma once

#include "cpu/gemm/panels.h"
#include "ops/gemm.h"

namespace carom::cpu::CAROM_ISA {

/// What multiplies: `rows` rows of a, from `a` on, with a packed (or plain) panel of b.
struct TileInput {
  const float* a;
  std::int64_t a_row, a_col;
  const float* b;
  std::int64_t b_row;  // floats from one k to the next
  std::int64_t k;
};

/// Where the product goes. `bias` may be null; `add` adds what c holds.
struct TileOutput {
  float* c;
  std::int64_t c_row;
  int columns;
  const float* bias;
  bool add;
  Activation activation;
};

/// The tallest tile for a panel of this many vectors.
constexpr int max_tile_rows(int vectors) {
  constexpr int kWide[] = {16, 12, 8, 6};
  constexpr int kNarrow[] = {8, 6};
  return kVectorRegisters == 32 ? kWide[vectors - 1] : kNarrow[vectors - 1];
}

/// c[rows, panel] = activation(a * b + bias).
void multiply_tile(int rows, int vectors, const TileInput& in, const TileOutput& out);

/// The same for any number of rows, tile by tile.
void multiply_rows(std::int64_t rows, int vectors, TileInput in, TileOutput out);

/// Applies an activation to `rows` rows in place.
void activate_rows(Activation activation, float* c, std::int64_t c_row, std::int64_t rows,
                   int columns);

}  // namespace carom::cpu::CAROM_ISA
