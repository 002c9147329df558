// The elementwise functions, one struct each, called with a float (or double) per element.
// CPU loops and CUDA kernels share them. Comparisons return bool.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/team.h"
#include "ops/math.h"
#include "ops/special.h"

namespace carom::functors {

#define CAROM_FUNCTOR(Name, Result, expression) \
  struct Name {                                 \
    template <class T>                          \
    CAROM_INLINE Result operator()(T x) const { \
      return expression;                        \
    }                                           \
  };

CAROM_FUNCTOR(Relu, T, x < T(0) ? T(0) : x)
CAROM_FUNCTOR(Sign, T, x > T(0) ? T(1) : x < T(0) ? T(-1) : x)
CAROM_FUNCTOR(Reciprocal, T, T(1) / x)
CAROM_FUNCTOR(IsFinite, bool, x - x == T(0))
CAROM_FUNCTOR(IsNaN, bool, x != x)
CAROM_FUNCTOR(LogicalNot, bool, x == 0)

/// Integers wrap around.
struct Neg {
  template <class T>
  CAROM_INLINE T operator()(T x) const {
    return -x;
  }
  CAROM_INLINE std::int32_t operator()(std::int32_t x) const {
    return static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(x));
  }
};
struct Abs {
  template <class T>
  CAROM_INLINE T operator()(T x) const {
    return x < T(0) ? Neg{}(x) : x + T(0);
  }
};
struct Square {
  template <class T>
  CAROM_INLINE T operator()(T x) const {
    return x * x;
  }
  CAROM_INLINE std::int32_t operator()(std::int32_t x) const {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) * static_cast<std::uint32_t>(x));
  }
};

struct Sqrt {
  CAROM_INLINE float operator()(float x) const { return __builtin_sqrtf(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_sqrt(x); }
};
struct Floor {
  CAROM_INLINE float operator()(float x) const { return __builtin_floorf(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_floor(x); }
};
struct Ceil {
  CAROM_INLINE float operator()(float x) const { return __builtin_ceilf(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_ceil(x); }
};
/// Halves go to the even neighbour.
struct Round {
  CAROM_INLINE float operator()(float x) const { return __builtin_rintf(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_rint(x); }
};
struct Rsqrt {
  CAROM_INLINE float operator()(float x) const { return 1.0f / __builtin_sqrtf(x); }
  CAROM_INLINE double operator()(double x) const { return 1.0 / __builtin_sqrt(x); }
};
struct Log1p {
  CAROM_INLINE float operator()(float x) const { return math::log1p(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_log1p(x); }
};
struct Expm1 {
  CAROM_INLINE float operator()(float x) const { return math::expm1(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_expm1(x); }
};
struct Erf {
  CAROM_INLINE float operator()(float x) const { return math::erf(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_erf(x); }
};
/// Beyond math::kSineLimit, and for double: the C library's.
struct Sin {
  CAROM_INLINE float operator()(float x) const { return math::sine<0>(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_sin(x); }
};
struct Cos {
  CAROM_INLINE float operator()(float x) const { return math::sine<1>(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_cos(x); }
};
struct Exp {
  CAROM_INLINE float operator()(float x) const { return math::exp(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_exp(x); }
};
struct Log {
  CAROM_INLINE float operator()(float x) const { return math::log(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_log(x); }
};
struct Tanh {
  CAROM_INLINE float operator()(float x) const { return math::tanh(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_tanh(x); }
};
struct Sigmoid {
  CAROM_INLINE float operator()(float x) const { return math::sigmoid(x); }
  CAROM_INLINE double operator()(double x) const { return 1.0 / (1.0 + __builtin_exp(-x)); }
};

#undef CAROM_FUNCTOR

#define CAROM_FUNCTOR2(Name, Result, expression)     \
  struct Name {                                      \
    template <class T>                               \
    CAROM_INLINE Result operator()(T a, T b) const { \
      return expression;                             \
    }                                                \
  };

/// Minimum and maximum return NaN when either argument is NaN.
CAROM_FUNCTOR2(Minimum, T, (a < b || a != a) ? a : b)
CAROM_FUNCTOR2(Maximum, T, (a > b || a != a) ? a : b)
CAROM_FUNCTOR2(Div, T, a / b)
CAROM_FUNCTOR2(LogicalAnd, bool, (a != 0) & (b != 0))
CAROM_FUNCTOR2(LogicalOr, bool, (a != 0) | (b != 0))
CAROM_FUNCTOR2(LogicalXor, bool, (a != 0) != (b != 0))
CAROM_FUNCTOR2(Equal, bool, a == b)
CAROM_FUNCTOR2(NotEqual, bool, a != b)
CAROM_FUNCTOR2(Less, bool, a < b)
CAROM_FUNCTOR2(LessEqual, bool, a <= b)
CAROM_FUNCTOR2(Greater, bool, a > b)
CAROM_FUNCTOR2(GreaterEqual, bool, a >= b)

#undef CAROM_FUNCTOR2

/// Integers wrap around instead of overflowing.
#define CAROM_ARITHMETIC(Name, op)                                               \
  struct Name {                                                                  \
    template <class T>                                                           \
    CAROM_INLINE T operator()(T a, T b) const {                                  \
      return a op b;                                                             \
    }                                                                            \
    CAROM_INLINE std::int32_t operator()(std::int32_t a, std::int32_t b) const { \
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(a)             \
                                           op static_cast<std::uint32_t>(b));    \
    }                                                                            \
  };

CAROM_ARITHMETIC(Add, +)
CAROM_ARITHMETIC(Sub, -)
CAROM_ARITHMETIC(Mul, *)

#undef CAROM_ARITHMETIC

/// The remainder that has the divisor's sign, as in Python. Integers: 0 for the divisor 0.
struct Mod {
  CAROM_INLINE float operator()(float a, float b) const {
    const float r = __builtin_fmodf(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
  CAROM_INLINE double operator()(double a, double b) const {
    const double r = __builtin_fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
  CAROM_INLINE std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    if (b == 0 || b == -1) return 0;
    const std::int32_t r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
};

/// The quotient rounded down, so that a = floorDivide(a, b) * b + mod(a, b). Integers: 0 for the
/// divisor 0.
struct FloorDivide {
  template <class T>
  static CAROM_INLINE T divide(T a, T b, T rest) {
    const T exact = (a - rest) / b;  // an integer, but for rounding
    const T q = Round{}(exact);
    return b == 0 ? a / b : rest != 0 && (rest < 0) != (b < 0) ? q - T(1) : q;
  }
  CAROM_INLINE float operator()(float a, float b) const {
    return divide(a, b, __builtin_fmodf(a, b));
  }
  CAROM_INLINE double operator()(double a, double b) const {
    return divide(a, b, __builtin_fmod(a, b));
  }
  CAROM_INLINE std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    if (b == 0) return 0;
    if (b == -1) return static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(a));
    const std::int32_t q = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
  }
};

/// Integers: modulo 2^32, and rounded towards 0 for negative exponents (1 / a^-b).
struct Pow {
  CAROM_INLINE std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
    std::uint32_t result = 1, base = static_cast<std::uint32_t>(a);
    for (std::uint32_t left = static_cast<std::uint32_t>(b); left != 0; left >>= 1) {
      if (left & 1) result *= base;
      base *= base;
    }
    return static_cast<std::int32_t>(result);
  }
  CAROM_INLINE float operator()(float a, float b) const { return __builtin_powf(a, b); }
  CAROM_INLINE double operator()(double a, double b) const { return __builtin_pow(a, b); }
};

}  // namespace carom::functors
