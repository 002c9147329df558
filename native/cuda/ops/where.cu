#include "cuda/elementwise.h"
#include "ops/where.h"

namespace carom::cuda {
namespace {

struct Pick {
  template <class T>
  CAROM_INLINE T operator()(std::uint8_t cond, T yes, T no) const {
    return cond != 0 ? yes : no;
  }
};

/// T is an unsigned integer of the element's size: only bits move.
template <class T>
void where_as(const WhereParams& p, Launch& launch) {
  map3<T, std::uint8_t, T, T>(launch, p.layout, Pick{});
}

}  // namespace

void where(const WhereParams& p, Launch& launch) {
  switch (dtype_size(p.dtype)) {
    case 8: return where_as<std::uint64_t>(p, launch);
    case 4: return where_as<std::uint32_t>(p, launch);
    default: return where_as<std::uint8_t>(p, launch);
  }
}

}  // namespace carom::cuda
