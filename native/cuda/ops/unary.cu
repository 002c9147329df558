#include <type_traits>

#include "cuda/elementwise.h"
#include "ops/unary.h"
#include "ops/visit.h"

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

}  // namespace

void unary(const UnaryParams& p, Launch& launch) {
  visit(p, [&]<class Out, class In, class F>(F f) {
    if constexpr (std::is_same_v<F, functors::Sin> || std::is_same_v<F, functors::Cos>) {
      map1<Out, In>(launch, p.layout, Wave<F>{});
    } else {
      map1<Out, In>(launch, p.layout, f);
    }
  });
}

}  // namespace carom::cuda
