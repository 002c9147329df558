// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"),
// kLanes blocks at a time: a block is a keyed function of its counter, so any part of a stream can
// be drawn on its own.
#pragma once

#include "cpu/simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace carom::cpu::CAROM_ISA {

using VecU64 = std::uint64_t __attribute__((vector_size(kLanes * 4)));

/// The four words of kLanes consecutive blocks.
struct PhiloxLanes {
  VecU word[4];
};

/// 64-bit products of the low halves.
CAROM_INLINE VecU64 multiply_low(VecU64 a, VecU64 b) {
#if defined(CAROM_ISA_avx512)
  return (VecU64)_mm512_maskz_mul_epu32(0xFF, (__m512i)a, (__m512i)b);
#elif defined(CAROM_ISA_avx2)
  return (VecU64)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__x86_64__)
  return (VecU64)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
#endif
}

CAROM_INLINE void multiply_wide(VecU x, std::uint32_t factor, VecU& high, VecU& low) {
  const VecU64 by = (VecU64)(VecU{} + factor);
  const VecU64 even = multiply_low((VecU64)x, by);
  const VecU64 odd = multiply_low((VecU64)x >> 32, by);
  high = (VecU)((even >> 32) | (odd & 0xFFFFFFFF00000000u));
  low = (VecU)((even & 0xFFFFFFFFu) | (odd << 32));
}

/// Blocks first, first + 1, ... of the call that `state` = {keyLo, keyHi, counterLo, counterHi}
/// describes.
CAROM_INLINE PhiloxLanes philox(const std::int32_t* state, std::uint32_t first) {
  std::uint32_t key0 = static_cast<std::uint32_t>(state[0]);
  std::uint32_t key1 = static_cast<std::uint32_t>(state[1]);
  VecU c0 = (VecU)lane_numbers() + first;
  VecU c1 = {};
  VecU c2 = VecU{} + static_cast<std::uint32_t>(state[2]);
  VecU c3 = VecU{} + static_cast<std::uint32_t>(state[3]);
  for (int round = 0; round < 10; ++round) {
    VecU high0, low0, high2, low2;
    multiply_wide(c0, 0xD2511F53u, high0, low0);
    multiply_wide(c2, 0xCD9E8D57u, high2, low2);
    c0 = high2 ^ c1 ^ key0;
    c1 = low2;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

/// Floats in [0, 1): multiples of 2^-24.
CAROM_INLINE Vec to_uniform(VecU word) { return to_floats((VecI)(word >> 8)) * 0x1p-24f; }

/// Moves the state on to the next call.
CAROM_INLINE void advance(std::int32_t* state) {
  const std::uint64_t counter = (std::uint64_t{static_cast<std::uint32_t>(state[3])} << 32 |
                                 static_cast<std::uint32_t>(state[2])) +
                                1;
  state[2] = static_cast<std::int32_t>(static_cast<std::uint32_t>(counter));
  state[3] = static_cast<std::int32_t>(static_cast<std::uint32_t>(counter >> 32));
}

}  // namespace carom::cpu::CAROM_ISA
