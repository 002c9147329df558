#include "ops/take_along_last.h"

#include "core/fault.h"
#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// The index of a row, or -1 when it is out of range (which is reported).
CAROM_INLINE std::int64_t index_of(const TakeAlongLastParams& p, const Team& team, std::int64_t row,
                                   const char* op) {
  const std::int64_t index = p.index[row];
  if (index >= 0 && index < p.rows.columns) return index;
  team.fault->raise(op, row, index, p.rows.columns);
  return -1;
}

}  // namespace

void take_along_last(const TakeAlongLastParams& p, const Team& team) {
  const Range mine = team.rows(p.rows.count);
  for (std::int64_t row = mine.begin; row < mine.end; ++row) {
    const std::int64_t index = index_of(p, team, row, "takeAlongLast");
    p.values[row] = index < 0 ? 0.0f : p.rows[row][index];
  }
}

void take_along_last_backward(const TakeAlongLastParams& p, const Team& team) {
  const Range mine = team.rows(p.rows.count);
  for (std::int64_t row = mine.begin; row < mine.end; ++row) {
    float* dx = p.rows[row];
    for (std::int64_t a = 0; a < p.rows.columns; ++a) dx[a] = 0.0f;
    const std::int64_t index = index_of(p, team, row, "takeAlongLastBackward");
    if (index >= 0) dx[index] = p.values[row];
  }
}

}  // namespace carom::cpu::CAROM_ISA
