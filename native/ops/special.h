// More elementary functions for kernels, beside math.h: branch-free but for sin and cos, float in
// and out. Greatest error over the whole range, in units of the last place (ulp) of float32, as
// special_test.cpp measures it: log1p 2, expm1 2, erf 2, sin and cos 1; normal_cdf and gaussian 8
// (below 1e-38 the result is denormal and loses bits). NaN gives NaN, -0 gives -0.
#pragma once

#include "ops/math.h"

namespace carom::math {

/// log(1 + x): log of the rounded sum, plus what the rounding lost.
CAROM_INLINE float log1p(float x) {
  const float u = 1.0f + x;
  const float lost = (x > 1.0f ? 1.0f - (u - x) : x - (u - 1.0f)) / u;
  const float y = math::log(u) + (u < 3.40282347e38f && u > 0.0f ? lost : 0.0f);
  return x == 0.0f ? x : y;
}

/// e^x - 1 = 2^n (e^r - 1) + (2^n - 1), x = n ln 2 + r, |r| <= ln(2) / 2. Half of 2^n is used, so
/// that it does not overflow before the result does.
CAROM_INLINE float expm1(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  constexpr std::uint32_t kRoundBits = 0x4B400000u;
  const float v = clamp(x, -25.0f, 89.0f);
  const float shifted = v * 1.44269504f + kRound;
  const float n = shifted - kRound;
  float r = v - n * 0.693145752f;
  r = r - n * 1.42860677e-6f;
  float p = 0.00138146104f;
  p = p * r + 0.00836871099f;
  p = p * r + 0.0416683890f;
  p = p * r + 0.166665211f;
  p = p * r + 0.499999940f;
  const float e = r + r * r * p;
  const float half = from_bits<float>((bits(shifted) - (kRoundBits - 126u)) << 23);
  const float y = 2.0f * (half * e + (half - 0.5f));
  return x == 0.0f ? x : y;
}

/// erf(x) for |x| <= 0.8.
CAROM_INLINE float erf_inner(float x) {
  const float square = x * x;
  float p = -6.53525e-4f;
  p = p * square + 5.08513302e-3f;
  p = p * square - 2.68208086e-2f;
  p = p * square + 0.112831131f;
  p = p * square - 0.376126021f;
  return x + x * (p * square + 0.128379112f);
}

/// e^(-factor x^2), factor 1 or 1/2. The rounding error of the square, which the exponential would
/// magnify, is made good.
CAROM_INLINE float gaussian(float x, float factor) {
  const float v = clamp(x, -15.0f, 15.0f);
  const float square = v * v;
  const float high = from_bits<float>(bits(v) & 0xFFFFF000u);
  const float lost = (high * high - square) + (v - high) * (v + high);
  const float e = math::exp(-factor * square);
  return e - e * (factor * lost);
}

/// (1 - erf(t)) e^(t^2) for 0.8 <= t <= 10.2: a polynomial of degree 8 in 1 / (t + 1.5).
CAROM_INLINE float erfc_scaled(float t) {
  const float u = 1.0f / (t + 1.5f);
  float p = -5.00311136f;
  p = p * u + 11.2103634f;
  p = p * u - 8.40916824f;
  p = p * u + 1.15897262f;
  p = p * u + 0.3659904f;
  p = p * u + 1.01283443f;
  p = p * u + 0.84495765f;
  p = p * u + 0.56421858f;
  return p * u;
}

/// Error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
CAROM_INLINE float erf(float x) {
  const float t = x < 0.0f ? -x : x;
  const float outer = 1.0f - gaussian(t, 1.0f) * erfc_scaled(t);
  const float y = t < 0.8f ? erf_inner(x) : x < 0.0f ? -outer : outer;
  return x == x ? y : x;
}

/// The normal distribution's cumulative probability, accurate in both tails.
CAROM_INLINE float normal_cdf(float x) {
  const float z = x * 0.707106781f;
  const float t = z < 0.0f ? -z : z;
  const float tail = 0.5f * gaussian(x, 0.5f) * erfc_scaled(t);
  const float y = t < 0.8f ? 0.5f + 0.5f * erf_inner(z) : z < 0.0f ? tail : 1.0f - tail;
  return x == x ? y : x;
}

/// Largest argument that sine reduces; kernels leave larger ones to the C library.
inline constexpr float kSineLimit = 1e6f;

/// sin(x) for `shift` 0, cos(x) for 1; |x| <= kSineLimit. In double: the nearest multiple of pi / 2
/// is taken off (in three parts, the first two of 33 bits, so that their products are exact), Taylor
/// polynomials do the rest.
template <int shift>
CAROM_INLINE float sine(float x) {
  constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52
  const double v = static_cast<double>(x);
  const double shifted = v * 0.63661977236758134 + kRound;
  const double n = shifted - kRound;
  const std::uint64_t quadrant = __builtin_bit_cast(std::uint64_t, shifted) + shift;
  double r = v - n * 1.57079632673412561417e+00;
  r = r - n * 6.07710050630396597660e-11;
  r = r - n * 2.02226624879595063154e-21;
  const double u = r * r;
  double s = 2.7557319223985893e-6;
  s = s * u - 1.984126984126984e-4;
  s = s * u + 8.333333333333333e-3;
  s = s * u - 1.6666666666666666e-1;
  s = r * (s * u + 1.0);
  double c = -2.7557319223985888e-7;
  c = c * u + 2.48015873015873e-5;
  c = c * u - 1.388888888888889e-3;
  c = c * u + 4.1666666666666664e-2;
  c = c * u - 0.5;
  c = c * u + 1.0;
  const double y = (quadrant & 1) != 0 ? c : s;
  return static_cast<float>((quadrant & 2) != 0 ? -y : y);
}

}  // namespace carom::math
