#include "ops/index_select.h"

#include <cstring>

#include "core/fault.h"
#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {

void index_select(const IndexSelectParams& p, const Team& team) {
  constexpr std::int64_t kAhead = 6;  // rows fetched into the cache before they are copied
  const Range mine = team.rows(p.count);
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    if (i + kAhead < mine.end) {
      const std::int64_t next = p.index[i + kAhead];
      if (next >= 0 && next < p.x_rows) {
        const std::byte* row = p.x + next * p.x_stride;
        for (std::int64_t at = 0; at < p.row_bytes; at += 64) __builtin_prefetch(row + at);
      }
    }
    const std::int64_t from = p.index[i];
    if (from < 0 || from >= p.x_rows) {
      team.fault->raise("indexSelect", i, from, p.x_rows);
      continue;
    }
    std::byte* out = p.out + i * p.out_stride;
    const std::byte* x = p.x + from * p.x_stride;
    if (p.row_bytes == 4) std::memcpy(out, x, 4);
    else std::memcpy(out, x, static_cast<std::size_t>(p.row_bytes));
  }
}

}  // namespace carom::cpu::CAROM_ISA
