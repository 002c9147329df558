#include "ops/one_hot.h"

#include "core/fault.h"
#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {
namespace {

template <class T>
void mark(const OneHotParams& p, const Team& team) {
  const Range mine = team.rows(p.rows);
  for (std::int64_t row = mine.begin; row < mine.end; ++row) {
    T* out = reinterpret_cast<T*>(p.out) + row * p.classes;
    for (std::int64_t j = 0; j < p.classes; ++j) out[j] = 0;
    const std::int64_t at = p.index[row];
    if (at >= 0 && at < p.classes) out[at] = 1;
    else team.fault->raise("oneHot", row, at, p.classes);
  }
}

}  // namespace

void one_hot(const OneHotParams& p, const Team& team) {
  switch (p.dtype) {
    case DType::float32: return mark<float>(p, team);
    case DType::float64: return mark<double>(p, team);
    case DType::int32: return mark<std::int32_t>(p, team);
    case DType::uint8:
    case DType::boolean: return mark<std::uint8_t>(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
