#include "ops/increment.h"

#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {

void increment(const IncrementParams& p, const Team& team) {
  if (team.rank != 0) return;
  *p.counter = static_cast<std::int32_t>(static_cast<std::uint32_t>(*p.counter) +
                                         static_cast<std::uint32_t>(p.by));
}

}  // namespace carom::cpu::CAROM_ISA
