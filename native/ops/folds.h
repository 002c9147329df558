// What a reduction starts from and how it takes in one more element. Integers wrap around; NaN stays. CPU
// loops and CUDA kernels share it.
#pragma once

#include <limits>

#include "ops/functors.h"

namespace carom::folds {

template <class T>
consteval T lowest() {
  using Limits = std::numeric_limits<T>;
  return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
}
template <class T>
consteval T highest() {
  using Limits = std::numeric_limits<T>;
  return Limits::has_infinity ? Limits::infinity() : Limits::max();
}

template <class T>
struct Product {
  static constexpr T kFirst = 1;
  static CAROM_INLINE T join(T a, T b) { return functors::Mul{}(a, b); }
};
template <class T>
struct Largest {
  static constexpr T kFirst = lowest<T>();
  static CAROM_INLINE T join(T a, T b) { return functors::Maximum{}(a, b); }
  static CAROM_INLINE bool better(T x, T than) { return x > than; }
};
template <class T>
struct Smallest {
  static constexpr T kFirst = highest<T>();
  static CAROM_INLINE T join(T a, T b) { return functors::Minimum{}(a, b); }
  static CAROM_INLINE bool better(T x, T than) { return x < than; }
};
template <class T>
struct Any {
  static constexpr T kFirst = 0;
  static CAROM_INLINE T join(T a, T b) { return static_cast<T>(a | (b != 0)); }
};
template <class T>
struct All {
  static constexpr T kFirst = 1;
  static CAROM_INLINE T join(T a, T b) { return static_cast<T>(a & (b != 0)); }
};

}  // namespace carom::folds
