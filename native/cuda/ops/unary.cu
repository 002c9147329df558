#include "cuda/elementwise.h"
#include "ops/functors.h"
#include "ops/unary.h"

namespace carom::cuda {
namespace {

/// sin or cos of any float: what math::sine does not reduce is done in double.
template <class F>
struct Wave {
  template <class T>
  CAROM_INLINE T operator()(T x) const {
    if constexpr (sizeof(T) == 4) {
      const F f;
      return __builtin_fabsf(x) <= math::kSineLimit ? f(x) : static_cast<T>(f(double{x}));
    } else {
      return F{}(x);
    }
  }
};

void unary_int(const UnaryParams& p, Launch& launch) {
  using namespace functors;
  const auto same = [&](auto f) { map1<std::int32_t, std::int32_t>(launch, p.layout, f); };
  switch (p.kind) {
    case UnaryKind::neg: return same(Neg{});
    case UnaryKind::abs: return same(Abs{});
    case UnaryKind::sign: return same(Sign{});
    case UnaryKind::square: return same(Square{});
    case UnaryKind::relu: return same(Relu{});
    default: return;
  }
}

template <class T>
void unary_as(const UnaryParams& p, Launch& launch) {
  using namespace functors;
  const auto same = [&](auto f) { map1<T, T>(launch, p.layout, f); };
  switch (p.kind) {
    case UnaryKind::neg: return same(Neg{});
    case UnaryKind::abs: return same(Abs{});
    case UnaryKind::exp: return same(Exp{});
    case UnaryKind::log: return same(Log{});
    case UnaryKind::sqrt: return same(Sqrt{});
    case UnaryKind::tanh: return same(Tanh{});
    case UnaryKind::sigmoid: return same(Sigmoid{});
    case UnaryKind::relu: return same(Relu{});
    case UnaryKind::sign: return same(Sign{});
    case UnaryKind::square: return same(Square{});
    case UnaryKind::reciprocal: return same(Reciprocal{});
    case UnaryKind::floor: return same(Floor{});
    case UnaryKind::ceil: return same(Ceil{});
    case UnaryKind::round: return same(Round{});
    case UnaryKind::rsqrt: return same(Rsqrt{});
    case UnaryKind::log1p: return same(Log1p{});
    case UnaryKind::expm1: return same(Expm1{});
    case UnaryKind::sin: return same(Wave<Sin>{});
    case UnaryKind::cos: return same(Wave<Cos>{});
    case UnaryKind::erf: return same(Erf{});
    case UnaryKind::is_finite: return map1<std::uint8_t, T>(launch, p.layout, IsFinite{});
    case UnaryKind::is_nan: return map1<std::uint8_t, T>(launch, p.layout, IsNaN{});
    case UnaryKind::logical_not: return;
  }
}

}  // namespace

void unary(const UnaryParams& p, Launch& launch) {
  if (p.kind == UnaryKind::logical_not) {
    return map1<std::uint8_t, std::uint8_t>(launch, p.layout, functors::LogicalNot{});
  }
  if (p.dtype == DType::int32) return unary_int(p, launch);
  if (p.dtype == DType::float64) return unary_as<double>(p, launch);
  return unary_as<float>(p, launch);
}

}  // namespace carom::cuda
