#include "ops/binary.h"

#include "cpu/elementwise.h"
#include "ops/visit.h"

namespace carom::cpu::CAROM_ISA {

void binary(const BinaryParams& p, const Team& team) {
  visit(p, [&]<class Out, class In, class F>(F) { map2<Out, In, F>(p.layout, team); });
}

}  // namespace carom::cpu::CAROM_ISA
