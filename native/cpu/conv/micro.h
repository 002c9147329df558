// The micro-kernel of convolutions: a tile of a few rows by one panel of columns, kept in registers
// over a nest of three loops. What is summed lies in runs (the pixels under a filter, the pixels of
// an image), so that nothing is ever unfolded into a matrix.
#pragma once

#include "cpu/gemm/panels.h"
#include "ops/gemm.h"

namespace carom::cpu::CAROM_ISA {

/// The tallest tile for a panel of this many vectors.
constexpr int max_conv_rows(int vectors) {
  constexpr int kWide[] = {12, 12, 8, 6};
  constexpr int kNarrow[] = {8, 6};
  return kVectorRegisters == 32 ? kWide[vectors - 1] : kNarrow[vectors - 1];
}
inline constexpr int kMaxConvRows = 12;

/// The tile is the sum over i < count[0], j < count[1], k < count[2] of
/// a[row + i a_step[0] + j a_step[1] + k a_step[2]] * b[i b_step[0] + j b_step[1] + k b_step[2] ...].
struct ConvTile {
  const float* a;
  const std::int64_t* rows;  // where each row begins in a, a_step[2] being 1; null: at 0, 1, 2 ...
  const float* b;            // whole vectors are read
  std::int64_t count[3], a_step[3], b_step[3];
};

/// c[rows[i] ...] = activation(tile + bias); the activation is relu or none. Rows are finished one
/// after the other, so they may overlap where `add` is set.
struct ConvTarget {
  float* c;
  const std::int64_t* rows;
  int columns;
  const float* bias;
  bool add, relu;
};

void conv_tile(int rows, int vectors, const ConvTile& in, const ConvTarget& out);

}  // namespace carom::cpu::CAROM_ISA
