// The norm of a flat gradient: sum_squares in one phase, gradient_norm in the next.
#pragma once

#include "cpu/simd.h"
#include "ops/clip_norm.h"

namespace carom::cpu::CAROM_ISA {

/// The sum of squares of each block of this rank's share.
CAROM_INLINE void sum_squares(const float* grad, std::int64_t count, const Team& team) {
  double* blocks = reinterpret_cast<double*>(team.scratch);
  const Range mine = team.share(norm_blocks(count));
  for (std::int64_t b = mine.begin; b < mine.end; ++b) {
    const std::int64_t begin = b * kNormBlock;
    const std::int64_t end = begin + kNormBlock < count ? begin + kNormBlock : count;
    Vec sum = {}, other = {};
    std::int64_t i = begin;
    for (; i + 2 * kLanes <= end; i += 2 * kLanes) {
      const Vec g = load(grad + i), h = load(grad + i + kLanes);
      sum += g * g;
      other += h * h;
    }
    for (; i < end; i += kLanes) {
      const Vec g = load_first(grad + i, end - i < kLanes ? static_cast<int>(end - i) : kLanes);
      sum += g * g;
    }
    blocks[b] = static_cast<double>(sum_lanes(sum + other));
  }
}

CAROM_INLINE double gradient_norm(std::int64_t count, const Team& team) {
  const double* blocks = reinterpret_cast<const double*>(team.scratch);
  double total = 0;
  for (std::int64_t b = 0; b < norm_blocks(count); ++b) total += blocks[b];
  return __builtin_sqrt(total);
}

CAROM_INLINE bool is_finite(double x) { return x - x == 0.0; }

/// Denormal numbers count as 0. The averages of a parameter whose gradient has become 0 would else
/// decay to the smallest of them and stay there, and arithmetic with them takes many times longer.
CAROM_INLINE float normal_or_zero(float x) {
  return __builtin_fabsf(x) < 1.17549435e-38f ? 0.0f : x;
}

/// What the gradient is multiplied by so that its norm is at most max_norm (<= 0: any norm).
CAROM_INLINE float clip_scale(float max_norm, double norm) {
  const double limit = max_norm;
  const double clip = limit > 0 ? limit / (norm + 1e-6) : 1.0;
  return static_cast<float>(clip < 1.0 ? clip : 1.0);
}

}  // namespace carom::cpu::CAROM_ISA
