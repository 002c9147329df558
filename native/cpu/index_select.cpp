#include "ops/index_select.h"

#include <cstring>

#include "core/fault.h"
#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Whether row i of out has a source; reports it when not.
CAROM_INLINE bool check(const IndexSelectParams& p, const Team& team, std::int64_t i,
                        std::int64_t from) {
  if (from >= 0 && from < p.x_rows) return true;
  team.fault->raise("indexSelect", i, from, p.x_rows);
  return false;
}

/// Rows of sizeof(T) bytes, moved without a call.
template <class T>
void select_elements(const IndexSelectParams& p, const Team& team, Range mine) {
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    const std::int64_t from = p.index[i];
    if (!check(p, team, i, from)) continue;
    std::memcpy(p.out + i * p.out_stride, p.x + from * p.x_stride, sizeof(T));
  }
}

CAROM_INLINE void prefetch_row(const IndexSelectParams& p, std::int64_t i) {
  const std::int64_t from = p.index[i];
  if (from < 0 || from >= p.x_rows) return;
  const std::byte* row = p.x + from * p.x_stride;
  for (std::int64_t at = 0; at < p.row_bytes; at += 64) __builtin_prefetch(row + at);
}

void select_rows(const IndexSelectParams& p, const Team& team, Range mine) {
  constexpr std::int64_t kAhead = 6;  // rows fetched into the cache before they are copied
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    if (i + kAhead < mine.end) prefetch_row(p, i + kAhead);
    const std::int64_t from = p.index[i];
    if (!check(p, team, i, from)) continue;
    std::memcpy(p.out + i * p.out_stride, p.x + from * p.x_stride,
                static_cast<std::size_t>(p.row_bytes));
  }
}

}  // namespace

void index_select(const IndexSelectParams& p, const Team& team) {
  const Range mine = team.rows(p.count);
  switch (p.row_bytes) {
    case 1: return select_elements<std::uint8_t>(p, team, mine);
    case 4: return select_elements<std::uint32_t>(p, team, mine);
    case 8: return select_elements<std::uint64_t>(p, team, mine);
    default: return select_rows(p, team, mine);
  }
}

}  // namespace carom::cpu::CAROM_ISA
