#include "ops/unary.h"

#include <type_traits>

#include "cpu/elementwise.h"
#include "ops/visit.h"

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

}  // namespace

void unary(const UnaryParams& p, const Team& team) {
  visit(p, [&]<class Out, class In, class F>(F) {
    if constexpr (std::is_same_v<F, functors::Sin> || std::is_same_v<F, functors::Cos>) {
      wave_as<In, F>(p, team);
    } else {
      map1<Out, In, F>(p.layout, team);
    }
  });
}

}  // namespace carom::cpu::CAROM_ISA
