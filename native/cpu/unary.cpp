#include "ops/unary.h"

#include "cpu/elementwise.h"
#include "ops/functors.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// sin or cos of any float: what math::sine does not reduce goes to the C library, in double.
template <class F>
CAROM_INLINE float any_wave(float x) {
  const F f;
  return __builtin_fabsf(x) <= math::kSineLimit ? f(x) : static_cast<float>(f(double{x}));
}

/// Blocks in which all arguments are moderate, which are nearly all, become vector code.
template <class F>
void wave_run(const Run& run, const void*) {
  constexpr std::int64_t kBlock = 256;
  const F f;
  float* out = run.as<float>(0);
  const float* in = run.as<const float>(1);
  const std::int64_t s0 = run.strides[0], s1 = run.strides[1];
  if (s0 != 1 || s1 != 1) {
    for (std::int64_t i = 0; i < run.count; ++i) out[i * s0] = any_wave<F>(in[i * s1]);
    return;
  }
  for (std::int64_t begin = 0; begin < run.count; begin += kBlock) {
    const std::int64_t end = begin + kBlock < run.count ? begin + kBlock : run.count;
    std::int32_t moderate = -1;
    for (std::int64_t i = begin; i < end; ++i) {
      moderate &= -static_cast<std::int32_t>(__builtin_fabsf(in[i]) <= math::kSineLimit);
    }
    if (moderate != 0) {
#pragma GCC ivdep
      for (std::int64_t i = begin; i < end; ++i) out[i] = f(in[i]);
    } else {
      for (std::int64_t i = begin; i < end; ++i) out[i] = any_wave<F>(in[i]);
    }
  }
}

template <class T, class F>
void wave_as(const UnaryParams& p, const Team& team) {
  if constexpr (sizeof(T) == 4) for_each_run(p.layout, {4, 4}, team, wave_run<F>);
  else map1<T, T, F>(p.layout, team);
}

void unary_int(const UnaryParams& p, const Team& team) {
  using namespace functors;
  const auto same = [&](auto f) { map1<std::int32_t, std::int32_t, decltype(f)>(p.layout, team); };
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
void unary_as(const UnaryParams& p, const Team& team) {
  using namespace functors;
  const auto same = [&](auto f) { map1<T, T, decltype(f)>(p.layout, team); };
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
    case UnaryKind::sin: return wave_as<T, Sin>(p, team);
    case UnaryKind::cos: return wave_as<T, Cos>(p, team);
    case UnaryKind::erf: return same(Erf{});
    case UnaryKind::is_finite: return map1<std::uint8_t, T, IsFinite>(p.layout, team);
    case UnaryKind::is_nan: return map1<std::uint8_t, T, IsNaN>(p.layout, team);
    case UnaryKind::logical_not: return;
  }
}

}  // namespace

void unary(const UnaryParams& p, const Team& team) {
  if (p.kind == UnaryKind::logical_not) {
    return map1<std::uint8_t, std::uint8_t, functors::LogicalNot>(p.layout, team);
  }
  if (p.dtype == DType::int32) return unary_int(p, team);
  if (p.dtype == DType::float64) return unary_as<double>(p, team);
  return unary_as<float>(p, team);
}

}  // namespace carom::cpu::CAROM_ISA
