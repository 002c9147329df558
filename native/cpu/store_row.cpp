#include "ops/store_row.h"

#include "cpu/elementwise.h"

namespace carom::cpu::CAROM_ISA {
namespace {

struct Same {
  template <class T>
  CAROM_INLINE T operator()(T x) const {
    return x;
  }
};

/// T is an unsigned integer of the element's size: only bits move.
template <class T>
void store_as(const StoreRowParams& p, const Team& team) {
  const std::int64_t counter = *p.counter;
  const std::int64_t row = ((counter % p.rows) + p.rows) % p.rows;
  ElementwiseLayout<2> layout = p.layout;
  layout.data[0] += row * p.row_stride;
  map1<T, T, Same>(layout, team);
}

}  // namespace

void store_row(const StoreRowParams& p, const Team& team) {
  switch (p.item) {
    case 8: return store_as<std::uint64_t>(p, team);
    case 4: return store_as<std::uint32_t>(p, team);
    default: return store_as<std::uint8_t>(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
