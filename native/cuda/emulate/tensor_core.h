// What tensor cores do, on the processor: the rounding of factors and the product of a warp, with the
// layout of the real instructions (cuda/tensor_core.h). Sums are rounded once per product, which the
// GPU does not promise.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "cuda/emulate/fibers.h"

namespace carom::emulate {

/// To 10 bits of mantissa, to nearest, ties away from zero.
inline std::uint32_t to_tf32(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (!std::isfinite(x)) return std::isnan(x) ? 0x7FFFFFFFu : bits;
  return (bits + 0x1000u) & ~0x1FFFu;
}

/// To 7 bits of mantissa, to nearest, ties to even.
inline std::uint32_t to_bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (std::isnan(x)) return 0x7FFFu;
  return (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16;
}

/// What a lane brings to a product.
struct Fragment {
  const std::uint32_t* a;  // 4 words
  const std::uint32_t* b;  // 2 words
};

/// sum += a * b; word k of a row of a, and of a column of b, holds `factors` numbers, and
/// value(word, i) is number i of a word.
template <int factors, class Value>
void multiply_warp(float (&sum)[4], const Fragment& mine, Value value) {
  const std::uint64_t* shown = show_bits(reinterpret_cast<std::uintptr_t>(&mine));
  const auto of = [&](int lane) { return reinterpret_cast<const Fragment*>(shown[lane]); };
  for (int i = 0; i < 4; ++i) {
    const int row = lane() / 4 + i / 2 * 8, column = lane() % 4 * 2 + i % 2;
    double total = static_cast<double>(sum[i]);
    for (int word = 0; word < 8; ++word) {
      const std::uint32_t left = of(row % 8 * 4 + word % 4)->a[row / 8 + word / 4 * 2];
      const std::uint32_t right = of(column * 4 + word % 4)->b[word / 4];
      for (int f = 0; f < factors; ++f) total += value(left, f) * value(right, f);
    }
    sum[i] = static_cast<float>(total);
  }
  wait_for_warp();  // all have read
}

}  // namespace carom::emulate
