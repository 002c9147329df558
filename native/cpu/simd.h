// Vectors of floats as wide as the instruction set: loads, stores, reductions. Arithmetic is the
// compiler's own (GCC vector extensions), so kernels are written once.
#pragma once

#include <utility>

#include "cpu/isa.h"
#include "ops/math.h"

#if defined(CAROM_ISA_avx512) || defined(CAROM_ISA_avx2)
#include <immintrin.h>
#endif

namespace carom::cpu::CAROM_ISA {

#if defined(CAROM_ISA_avx512)
inline constexpr int kLanes = 16;
inline constexpr int kVectorRegisters = 32;
#elif defined(CAROM_ISA_avx2)
inline constexpr int kLanes = 8;
inline constexpr int kVectorRegisters = 16;
#else
inline constexpr int kLanes = 4;
inline constexpr int kVectorRegisters = 16;
#endif

using Vec = float __attribute__((vector_size(kLanes * 4)));
using VecI = std::int32_t __attribute__((vector_size(kLanes * 4)));
using VecU = std::uint32_t __attribute__((vector_size(kLanes * 4)));
/// The same at any address. Clang takes `aligned` from a typedef only, and says nothing elsewhere.
typedef float LooseVec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef std::int32_t LooseVecI __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
static_assert(alignof(LooseVec) == 4 && alignof(LooseVecI) == 4);

}  // namespace carom::cpu::CAROM_ISA

/// Vec for the elementary functions.
template <>
struct carom::math::LanesOf<carom::cpu::CAROM_ISA::Vec> {
  using Vec = carom::cpu::CAROM_ISA::Vec;
  using Word = decltype(Vec{} < Vec{});
  static CAROM_INLINE Vec splat(float x) { return x - Vec{}; }  // nothing is computed: x - 0 is x
#if defined(CAROM_ISA_avx512)
  // The second argument is returned when either is NaN.
  static CAROM_INLINE Vec at_least(Vec x, Vec low) {
    return (Vec)_mm512_maskz_max_ps(0xFFFF, (__m512)low, (__m512)x);
  }
  static CAROM_INLINE Vec at_most(Vec x, Vec high) {
    return (Vec)_mm512_maskz_min_ps(0xFFFF, (__m512)high, (__m512)x);
  }
  /// One Newton step on a 14-bit reciprocal: a division takes twice as long.
  static CAROM_INLINE Vec divide(Vec a, Vec b) {
    const Vec r = (Vec)_mm512_maskz_rcp14_ps(0xFFFF, (__m512)b);
    return a * (r + r * (1.0f - b * r));
  }
#else
#if defined(CAROM_ISA_avx2)
  static CAROM_INLINE Vec at_least(Vec x, Vec low) {
    return (Vec)_mm256_max_ps((__m256)low, (__m256)x);
  }
  static CAROM_INLINE Vec at_most(Vec x, Vec high) {
    return (Vec)_mm256_min_ps((__m256)high, (__m256)x);
  }
#else
  static CAROM_INLINE Vec at_least(Vec x, Vec low) { return x < low ? low : x; }
  static CAROM_INLINE Vec at_most(Vec x, Vec high) { return x > high ? high : x; }
#endif
  static CAROM_INLINE Vec divide(Vec a, Vec b) { return a / b; }
#endif
};

namespace carom::cpu::CAROM_ISA {

CAROM_INLINE Vec splat(float x) { return math::splat<Vec>(x); }
CAROM_INLINE Vec load(const float* p) { return *reinterpret_cast<const LooseVec*>(p); }
CAROM_INLINE void store(float* p, Vec v) { *reinterpret_cast<LooseVec*>(p) = v; }
CAROM_INLINE VecI load(const std::int32_t* p) { return *reinterpret_cast<const LooseVecI*>(p); }
CAROM_INLINE void store(std::int32_t* p, VecI v) { *reinterpret_cast<LooseVecI*>(p) = v; }

/// 0, 1, 2, ...
CAROM_INLINE VecI lane_numbers() {
  VecI v;
  for (int i = 0; i < kLanes; ++i) v[i] = i;
  return v;
}

// The first n lanes, 0 <= n <= kLanes; memory of the others is not touched, their values read as 0.

#if defined(CAROM_ISA_avx512)
CAROM_INLINE __mmask16 first_lanes(int n) { return static_cast<__mmask16>((1u << n) - 1u); }
CAROM_INLINE Vec load_first(const float* p, int n) {
  return (Vec)_mm512_maskz_loadu_ps(first_lanes(n), p);
}
CAROM_INLINE void store_first(float* p, Vec v, int n) {
  _mm512_mask_storeu_ps(p, first_lanes(n), (__m512)v);
}
CAROM_INLINE VecI load_first(const std::int32_t* p, int n) {
  return (VecI)_mm512_maskz_loadu_epi32(first_lanes(n), p);
}
CAROM_INLINE void store_first(std::int32_t* p, VecI v, int n) {
  _mm512_mask_storeu_epi32(p, first_lanes(n), (__m512i)v);
}
#elif defined(CAROM_ISA_avx2)
CAROM_INLINE __m256i first_lanes(int n) { return (__m256i)(lane_numbers() < n); }
CAROM_INLINE Vec load_first(const float* p, int n) {
  return (Vec)_mm256_maskload_ps(p, first_lanes(n));
}
CAROM_INLINE void store_first(float* p, Vec v, int n) {
  _mm256_maskstore_ps(p, first_lanes(n), (__m256)v);
}
CAROM_INLINE VecI load_first(const std::int32_t* p, int n) {
  return (VecI)_mm256_maskload_epi32(p, first_lanes(n));
}
CAROM_INLINE void store_first(std::int32_t* p, VecI v, int n) {
  _mm256_maskstore_epi32(p, first_lanes(n), (__m256i)v);
}
#else
CAROM_INLINE Vec load_first(const float* p, int n) {
  Vec v{};
  for (int i = 0; i < n; ++i) v[i] = p[i];
  return v;
}
CAROM_INLINE void store_first(float* p, Vec v, int n) {
  for (int i = 0; i < n; ++i) p[i] = v[i];
}
CAROM_INLINE VecI load_first(const std::int32_t* p, int n) {
  VecI v{};
  for (int i = 0; i < n; ++i) v[i] = p[i];
  return v;
}
CAROM_INLINE void store_first(std::int32_t* p, VecI v, int n) {
  for (int i = 0; i < n; ++i) p[i] = v[i];
}
#endif

/// Lane i from p[i * stride], for the first n lanes; the others read as 0.
CAROM_INLINE Vec gather_first(const float* p, std::int64_t stride, int n) {
  if (stride == 1) return n == kLanes ? load(p) : load_first(p, n);
#if defined(CAROM_ISA_avx512)
  if (stride > -(1 << 26) && stride < (1 << 26)) {
    const __m512i offsets = (__m512i)(lane_numbers() * static_cast<std::int32_t>(stride));
    return (Vec)_mm512_mask_i32gather_ps(_mm512_setzero_ps(), first_lanes(n), offsets, p, 4);
  }
#endif
  alignas(64) float lanes[kLanes] = {};
  for (int i = 0; i < n; ++i) lanes[i] = p[i * stride];
  return load(lanes);
}

/// p[i * stride] = lane i, for the first n lanes.
CAROM_INLINE void scatter_first(float* p, std::int64_t stride, Vec v, int n) {
  if (stride == 1) return store_first(p, v, n);
  alignas(64) float lanes[kLanes];
  store(lanes, v);
  for (int i = 0; i < n; ++i) p[i * stride] = lanes[i];
}

/// Lane i from p[i * stride] as integers.
CAROM_INLINE VecI gather_first(const std::int32_t* p, std::int64_t stride, int n) {
  if (stride == 1) return load_first(p, n);
  alignas(64) std::int32_t lanes[kLanes] = {};
  for (int i = 0; i < n; ++i) lanes[i] = p[i * stride];
  return load(lanes);
}

CAROM_INLINE void scatter_first(std::int32_t* p, std::int64_t stride, VecI v, int n) {
  if (stride == 1) return store_first(p, v, n);
  for (int i = 0; i < n; ++i) p[i * stride] = v[i];
}

/// NaN in either argument gives NaN.
CAROM_INLINE Vec vmax(Vec a, Vec b) { return ((a > b) | (a != a)) ? a : b; }
CAROM_INLINE Vec vmin(Vec a, Vec b) { return ((a < b) | (a != a)) ? a : b; }

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define CAROM_HAVE_SHUFFLE 1
#endif
#endif

/// Lane i becomes lane i ^ half.
template <int half, int... i>
CAROM_INLINE Vec exchange(Vec v, std::integer_sequence<int, i...>) {
#if defined(CAROM_HAVE_SHUFFLE)
  return __builtin_shufflevector(v, v, (i ^ half)...);
#else
  return Vec{v[i ^ half]...};
#endif
}

/// op over all lanes, in every lane; always in the same order: halves first.
template <int half = kLanes / 2, class Op>
CAROM_INLINE Vec fold_lanes(Vec v, Op op) {
  v = op(v, exchange<half>(v, std::make_integer_sequence<int, kLanes>{}));
  if constexpr (half > 1) return fold_lanes<half / 2>(v, op);
  else return v;
}

/// Sum of the lanes, always in the same order.
CAROM_INLINE float sum_lanes(Vec v) {
  return fold_lanes(v, [](Vec a, Vec b) { return a + b; })[0];
}

CAROM_INLINE float max_lanes(Vec v) {
  return fold_lanes(v, [](Vec a, Vec b) { return vmax(a, b); })[0];
}

CAROM_INLINE VecI as_ints(Vec v) { return (VecI)v; }
CAROM_INLINE Vec as_floats(VecI v) { return (Vec)v; }

/// The integers as floats; exact below 2^24.
CAROM_INLINE Vec to_floats(VecI v) { return __builtin_convertvector(v, Vec); }

}  // namespace carom::cpu::CAROM_ISA
