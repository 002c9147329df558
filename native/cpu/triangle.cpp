#include "ops/triangle.h"

#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {
namespace {

CAROM_INLINE std::int64_t limited(std::int64_t x, std::int64_t high) {
  return x < 0 ? 0 : x > high ? high : x;
}

template <class T>
void fill_rows(const TriangleParams& p, const Team& team) {
  const Range mine = team.share(p.batch * p.rows);
  for (std::int64_t line = mine.begin; line < mine.end; ++line) {
    const std::int64_t row = line % p.rows;
    const T* x = reinterpret_cast<const T*>(p.x) + line / p.rows * p.x_batch + row * p.x_row;
    T* out = reinterpret_cast<T*>(p.out) + line * p.columns;
    const std::int64_t edge = limited(row + p.diagonal + (p.upper ? 0 : 1), p.columns);
    const Range kept = p.upper ? Range{edge, p.columns} : Range{0, edge};
    for (std::int64_t j = 0; j < kept.begin; ++j) out[j] = 0;
    for (std::int64_t j = kept.begin; j < kept.end; ++j) out[j] = x[j * p.x_col];
    for (std::int64_t j = kept.end; j < p.columns; ++j) out[j] = 0;
  }
}

}  // namespace

void triangle(const TriangleParams& p, const Team& team) {
  if (p.item == 8) return fill_rows<std::uint64_t>(p, team);
  if (p.item == 4) return fill_rows<std::uint32_t>(p, team);
  return fill_rows<std::uint8_t>(p, team);
}

}  // namespace carom::cpu::CAROM_ISA
