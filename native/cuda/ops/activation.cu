#include "cuda/elementwise.h"
#include "ops/activation.h"
#include "ops/activation_functors.h"

namespace carom::cuda {
namespace {

template <class T, class F>
struct Value {
  T a;
  CAROM_INLINE T operator()(T x, T) const { return F::value(x, a); }
};

template <class T, class F>
struct Slope {
  T a;
  CAROM_INLINE T operator()(T dy, T x) const { return dy * F::slope(x, a); }
};

template <class T, template <class, class> class Op>
void choose(const ActivationParams& p, Launch& launch) {
  using namespace functors;
  const T a = static_cast<T>(p.a);
  const auto go = [&](auto f) { map2<T, T, T>(launch, p.layout, f); };
  switch (p.kind) {
    case ActivationKind::leaky_relu: return go(Op<T, LeakyRelu>{a});
    case ActivationKind::elu: return go(Op<T, Elu>{a});
    case ActivationKind::silu: return go(Op<T, Silu>{a});
    case ActivationKind::softplus: return go(Op<T, Softplus>{a});
    case ActivationKind::gelu:
      if (p.a != 0) return go(Op<T, GeluTanh>{a});
      return go(Op<T, Gelu>{a});
  }
}

}  // namespace

void activation(const ActivationParams& p, Launch& launch) {
  if (p.dtype == DType::float64) return choose<double, Value>(p, launch);
  return choose<float, Value>(p, launch);
}

void activation_backward(const ActivationParams& p, Launch& launch) {
  if (p.dtype == DType::float64) return choose<double, Slope>(p, launch);
  return choose<float, Slope>(p, launch);
}

}  // namespace carom::cuda
