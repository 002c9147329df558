// The elementwise functions, one struct each, called with a float (or double) per element.
// CPU loops and CUDA kernels share them. Comparisons return bool.
#pragma once

#include <cmath>

#include "core/team.h"
#include "ops/math.h"

namespace carom::functors {

#define CAROM_FUNCTOR(Name, Result, expression) \
  struct Name {                                 \
    template <class T>                          \
    CAROM_INLINE Result operator()(T x) const { \
      return expression;                        \
    }                                           \
  };

CAROM_FUNCTOR(Neg, T, -x)
CAROM_FUNCTOR(Abs, T, x < T(0) ? -x : x + T(0))
CAROM_FUNCTOR(Relu, T, x < T(0) ? T(0) : x)
CAROM_FUNCTOR(Sign, T, x > T(0) ? T(1) : x < T(0) ? T(-1) : x)
CAROM_FUNCTOR(Square, T, x* x)
CAROM_FUNCTOR(Reciprocal, T, T(1) / x)
CAROM_FUNCTOR(IsFinite, bool, x - x == T(0))
CAROM_FUNCTOR(LogicalNot, bool, x == 0)

struct Sqrt {
  CAROM_INLINE float operator()(float x) const { return __builtin_sqrtf(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_sqrt(x); }
};
struct Floor {
  CAROM_INLINE float operator()(float x) const { return __builtin_floorf(x); }
  CAROM_INLINE double operator()(double x) const { return __builtin_floor(x); }
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

struct Pow {
  CAROM_INLINE float operator()(float a, float b) const { return __builtin_powf(a, b); }
  CAROM_INLINE double operator()(double a, double b) const { return __builtin_pow(a, b); }
};

}  // namespace carom::functors
