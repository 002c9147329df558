// linearBackward: phase 0 writes dz and sums its columns over blocks of Team::kRowBlock rows; phase
// 1 adds the blocks, always in the same order.
#include "ops/linear_backward.h"

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

template <Activation activation>
CAROM_INLINE Vec derivative(Vec dy, Vec y) {
  if constexpr (activation == Activation::relu) return y > splat(0) ? dy : Vec{};
  if constexpr (activation == Activation::tanh) return dy - dy * y * y;
  return dy;
}

/// Up to four vectors of columns, so that the rows are read in whole cache lines.
template <Activation activation, int vectors>
CAROM_INLINE void columns(const LinearBackwardParams& p, std::int64_t begin, std::int64_t end,
                          std::int64_t first, int last_lanes, float* partial) {
  Vec sum[vectors] = {};
  for (std::int64_t row = begin; row < end; ++row) {
    const float* dy = p.dy[row] + first;
    const float* y = p.y[row] + first;
    float* dz = p.dz[row] + first;
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      const int at = j * kLanes;
      const bool whole = j + 1 < vectors || last_lanes == kLanes;
      const Vec d = whole ? load(dy + at) : load_first(dy + at, last_lanes);
      Vec v = {};
      if constexpr (activation != Activation::none)
        v = whole ? load(y + at) : load_first(y + at, last_lanes);
      const Vec z = derivative<activation>(d, v);
      if (whole) store(dz + at, z);
      else store_first(dz + at, z, last_lanes);
      sum[j] += z;
    }
  }
  for (int j = 0; j < vectors; ++j) {
    store_first(partial + first + j * kLanes, sum[j], j + 1 < vectors ? kLanes : last_lanes);
  }
}

template <Activation activation>
void block(const LinearBackwardParams& p, std::int64_t begin, std::int64_t end, float* partial) {
  std::int64_t first = 0;
  for (; first + 4 * kLanes <= p.dy.columns; first += 4 * kLanes) {
    columns<activation, 4>(p, begin, end, first, kLanes, partial);
  }
  for (; first < p.dy.columns; first += kLanes) {
    const std::int64_t left = p.dy.columns - first;
    const int lanes = left < kLanes ? static_cast<int>(left) : kLanes;
    columns<activation, 1>(p, begin, end, first, lanes, partial);
  }
}

void differentiate(const LinearBackwardParams& p, const Team& team, float* partial) {
  const Range mine = team.rows(p.dy.count);
  for (std::int64_t row = mine.begin; row < mine.end; row += Team::kRowBlock) {
    const std::int64_t end = row + Team::kRowBlock < mine.end ? row + Team::kRowBlock : mine.end;
    float* sums = partial + row / Team::kRowBlock * p.dy.columns;
    switch (p.activation) {
      case Activation::none: block<Activation::none>(p, row, end, sums); break;
      case Activation::relu: block<Activation::relu>(p, row, end, sums); break;
      case Activation::tanh: block<Activation::tanh>(p, row, end, sums); break;
    }
  }
}

void add_blocks(const LinearBackwardParams& p, const Team& team, const float* partial) {
  const std::int64_t blocks = (p.dy.count + Team::kRowBlock - 1) / Team::kRowBlock;
  const Range mine = team.share(p.dy.columns, kLanes);
  for (std::int64_t j = mine.begin; j < mine.end; j += kLanes) {
    const int n = mine.end - j < kLanes ? static_cast<int>(mine.end - j) : kLanes;
    Vec sum = {};
    for (std::int64_t b = 0; b < blocks; ++b) sum += load_first(partial + b * p.dy.columns + j, n);
    store_first(p.dbias + j, sum, n);
  }
}

}  // namespace

void linear_backward(const LinearBackwardParams& p, const Team& team) {
  float* partial = reinterpret_cast<float*>(team.scratch);
  if (team.phase == 0) differentiate(p, team, partial);
  else add_blocks(p, team, partial);
}

}  // namespace carom::cpu::CAROM_ISA
