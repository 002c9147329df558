// Elementary functions for kernels: branch-free, so that a loop over them becomes vector code.
// T is float or a GCC vector of floats; the same text serves single elements, vectors in registers
// and CUDA threads. Coefficients were fitted to the least largest relative error (weighted least
// squares). Relative error: exp 1e-7 (below 1.2e-38 the result is denormal and loses bits), log
// 1e-7 (absolute near 1: 6e-8), tanh 4e-7, sigmoid 3e-7. NaN gives NaN.
#pragma once

#include <cstdint>

#include "core/team.h"

namespace carom::math {

/// What depends on the kind of T: unsigned integers as wide as its lanes, and operations for which
/// an instruction set may have something better (cpu/simd.h).
template <class T>
struct LanesOf;

template <>
struct LanesOf<float> {
  using Word = std::uint32_t;
  static CAROM_INLINE float splat(float x) { return x; }
  /// The smaller or larger of x and a bound; NaN stays.
  static CAROM_INLINE float at_least(float x, float low) { return x < low ? low : x; }
  static CAROM_INLINE float at_most(float x, float high) { return x > high ? high : x; }
  /// a / b for b of moderate size, perhaps 1 ulp off.
  static CAROM_INLINE float divide(float a, float b) { return a / b; }
};

template <class T>
CAROM_INLINE T splat(float x) {
  return LanesOf<T>::splat(x);
}

template <class T>
CAROM_INLINE auto bits(T x) {
  return __builtin_bit_cast(typename LanesOf<T>::Word, x);
}

template <class T>
CAROM_INLINE T from_bits(typename LanesOf<T>::Word word) {
  return __builtin_bit_cast(T, word);
}

/// x limited to [low, high]; NaN stays.
template <class T>
CAROM_INLINE T clamp(T x, float low, float high) {
  return LanesOf<T>::at_most(LanesOf<T>::at_least(x, splat<T>(low)), splat<T>(high));
}

/// exp(x) = 2^n exp(r), |r| <= ln(2) / 2, a polynomial of degree 6 in r; 2^n in two factors, so
/// that overflow gives infinity and underflow is gradual.
template <class T>
CAROM_INLINE T exp(T x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  constexpr std::uint32_t kRoundBits = 0x4B400000u;
  x = clamp(x, -105.0f, 89.0f);
  const T shifted = x * 1.44269504f + splat<T>(kRound);
  const T n = shifted - kRound;
  T r = x - n * 0.693145752f;  // high bits of ln 2: exact product
  r = r - n * 1.42860677e-6f;  // the rest
  T p = splat<T>(0.00138146104f);
  p = p * r + 0.00836871099f;
  p = p * r + 0.0416683890f;
  p = p * r + 0.166665211f;
  p = p * r + 0.499999940f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const auto exponent = bits(shifted) - (kRoundBits - 254u);  // n + 2 * 127
  const auto first = exponent >> 1;
  const auto second = exponent - first;
  return p * from_bits<T>(first << 23) * from_bits<T>(second << 23);
}

/// log(x): x = 2^n (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), a polynomial of degree 10 in f.
template <class T>
CAROM_INLINE T log(T x) {
  constexpr float kDenormalScale = 8388608.0f;  // 2^23
  const auto tiny = x < splat<T>(1.17549435e-38f);
  const T scaled = tiny ? x * kDenormalScale : x;
  const T bias = tiny ? splat<T>(127.0f + 23.0f) : splat<T>(127.0f);
  // Subtracting the bits of sqrt(1/2) makes the exponent field change there instead of at 1.
  const auto word = bits(scaled) - 0x3F3504F3u;
  const T mantissa = from_bits<T>((word & 0x007FFFFFu) + 0x3F3504F3u);
  // The exponent as a float, by the same trick as in exp: put it into the low bits of 2^23.
  const auto field = ((word + (127u << 23)) >> 23) & 0x1FFu;
  const T n = from_bits<T>(field | 0x4B000000u) - 8388608.0f - bias;
  const T f = mantissa - 1.0f;
  T p = splat<T>(-0.0763449818f);
  p = p * f + 0.127615780f;
  p = p * f - 0.131601825f;
  p = p * f + 0.142017573f;
  p = p * f - 0.166233569f;
  p = p * f + 0.200012267f;
  p = p * f - 0.250008196f;
  p = p * f + 0.333333313f;
  const T square = f * f;
  T y = p * f * square + n * -2.12194440e-4f;
  y = y - 0.5f * square;
  y = f + y + n * 0.693359375f;
  y = x > splat<T>(3.40282347e38f) ? x : y;                                       // infinity
  y = x > splat<T>(0.0f) ? y : from_bits<T>(bits(splat<T>(0.0f)) + 0x7FC00000u);  // negative, NaN
  return x == splat<T>(0.0f) ? splat<T>(-__builtin_inff()) : y;
}

/// tanh(x): x P(x^2) / Q(x^2), both of degree 4, on [-9.02, 9.02]; beyond, the result rounds to 1.
template <class T>
CAROM_INLINE T tanh(T x) {
  const T v = clamp(x, -9.02f, 9.02f);
  const T u = v * v;
  T p = splat<T>(1.33190667e-8f);
  p = p * u + 2.05834767e-5f;
  p = p * u + 3.49403429e-3f;
  p = p * u + 1.33797184e-1f;
  p = p * u + 1.0f;
  T q = splat<T>(7.76201716e-7f);
  q = q * u + 3.28309252e-4f;
  q = q * u + 2.58710720e-2f;
  q = q * u + 4.67130333e-1f;
  q = q * u + 1.0f;
  return clamp(LanesOf<T>::divide(v * p, q), -1.0f, 1.0f);
}

template <class T>
CAROM_INLINE T sigmoid(T x) {
  return 1.0f / (1.0f + math::exp(-x));
}

}  // namespace carom::math
