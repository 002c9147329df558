// The activation functions and their slopes, one struct each, called with a float or double and the
// op's parameter. CPU loops and CUDA kernels share them.
#pragma once

#include "ops/functors.h"

namespace carom::functors {

struct LeakyRelu {
  template <class T>
  static CAROM_INLINE T value(T x, T slope) {
    return x > T(0) ? x : x * slope;
  }
  template <class T>
  static CAROM_INLINE T slope(T x, T slope) {
    return x > T(0) ? T(1) : slope;
  }
};

struct Elu {
  template <class T>
  static CAROM_INLINE T value(T x, T alpha) {
    const T below = alpha * Expm1{}(x);
    return x > T(0) ? x : below;
  }
  template <class T>
  static CAROM_INLINE T slope(T x, T alpha) {
    const T below = alpha * Exp{}(x);
    return x > T(0) ? T(1) : below;
  }
};

struct Silu {
  template <class T>
  static CAROM_INLINE T value(T x, T) {
    return x / (T(1) + Exp{}(-x));
  }
  template <class T>
  static CAROM_INLINE T slope(T x, T) {
    const T s = T(1) / (T(1) + Exp{}(-x));
    return s * (T(1) + x * (T(1) - s));
  }
};

struct NormalCdf {
  CAROM_INLINE float operator()(float x) const { return math::normal_cdf(x); }
  CAROM_INLINE double operator()(double x) const {
    return 0.5 * __builtin_erfc(x * -0.70710678118654752);
  }
};

/// e^(-x^2 / 2)
struct Gaussian {
  CAROM_INLINE float operator()(float x) const { return math::gaussian(x, 0.5f); }
  CAROM_INLINE double operator()(double x) const { return __builtin_exp(-0.5 * x * x); }
};

struct Gelu {
  template <class T>
  static CAROM_INLINE T value(T x, T) {
    return x * NormalCdf{}(x);
  }
  template <class T>
  static CAROM_INLINE T slope(T x, T) {
    const T density = T(0.39894228040143268) * Gaussian{}(x);
    return NormalCdf{}(x) + x * density;
  }
};

/// With tanh(u) = 2 / (1 + e^-2u) - 1, u = sqrt(2 / pi) (x + 0.044715 x^3).
struct GeluTanh {
  template <class T>
  static CAROM_INLINE T value(T x, T) {
    const T v = T(-1.5957691216057308) * (x + T(0.044715) * x * x * x);
    return x / (T(1) + Exp{}(v));
  }
  template <class T>
  static CAROM_INLINE T slope(T x, T) {
    const T v = T(-1.5957691216057308) * (x + T(0.044715) * x * x * x);
    const T s = T(1) / (T(1) + Exp{}(v));
    const T du = T(1.5957691216057308) + T(0.21406444881780076) * x * x;
    return s + x * (s * (T(1) - s)) * du;
  }
};

struct Softplus {
  template <class T>
  static CAROM_INLINE T value(T x, T threshold) {
    const T size = x < T(0) ? -x : x;
    const T y = (x > T(0) ? x : T(0)) + Log1p{}(Exp{}(-size));
    return x > threshold || x != x ? x : y;
  }
  template <class T>
  static CAROM_INLINE T slope(T x, T threshold) {
    const T s = T(1) / (T(1) + Exp{}(-x));
    return x > threshold ? T(1) : s;
  }
};

}  // namespace carom::functors
