#include "cuda/elementwise.h"
#include "ops/activation.h"
#include "ops/visit.h"

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

}  // namespace

void activation(const ActivationParams& p, Launch& launch) {
  visit(p, [&]<class T, class F>(F) {
    map2<T, T, T>(launch, p.layout, Value<T, F>{static_cast<T>(p.a)});
  });
}

void activation_backward(const ActivationParams& p, Launch& launch) {
  visit(p, [&]<class T, class F>(F) {
    map2<T, T, T>(launch, p.layout, Slope<T, F>{static_cast<T>(p.a)});
  });
}

}  // namespace carom::cuda
