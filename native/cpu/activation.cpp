#include "ops/activation.h"

#include "cpu/elementwise.h"
#include "ops/visit.h"

namespace carom::cpu::CAROM_ISA {
namespace {

template <class T, class F>
void value_run(const Run& run, const void* context) {
  const T a = static_cast<T>(*static_cast<const double*>(context));
  T* out = run.as<T>(0);
  const T* x = run.as<const T>(1);
  const std::int64_t n = run.count, s0 = run.strides[0], s1 = run.strides[1];
  if (s0 == 1 && s1 == 1) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) out[i] = F::value(x[i], a);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i * s0] = F::value(x[i * s1], a);
  }
}

template <class T, class F>
void slope_run(const Run& run, const void* context) {
  const T a = static_cast<T>(*static_cast<const double*>(context));
  T* dx = run.as<T>(0);
  const T* dy = run.as<const T>(1);
  const T* x = run.as<const T>(2);
  const std::int64_t n = run.count, s0 = run.strides[0], s1 = run.strides[1], s2 = run.strides[2];
  if (s0 == 1 && s1 == 1 && s2 == 1) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) dx[i] = dy[i] * F::slope(x[i], a);
  } else {
    for (std::int64_t i = 0; i < n; ++i) dx[i * s0] = dy[i * s1] * F::slope(x[i * s2], a);
  }
}

}  // namespace

void activation(const ActivationParams& p, const Team& team) {
  visit(p, [&]<class T, class F>(F) {
    for_each_run(p.layout, {sizeof(T), sizeof(T), sizeof(T)}, team, value_run<T, F>, &p.a);
  });
}

void activation_backward(const ActivationParams& p, const Team& team) {
  visit(p, [&]<class T, class F>(F) {
    for_each_run(p.layout, {sizeof(T), sizeof(T), sizeof(T)}, team, slope_run<T, F>, &p.a);
  });
}

}  // namespace carom::cpu::CAROM_ISA
