// How the columns of c are cut into panels: groups of at most kMaxVectors vectors, as equal as
// possible, so that no panel is left with one lonely vector. b is packed panel by panel.
#pragma once

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {

inline constexpr int kMaxVectors = kVectorRegisters == 32 ? 4 : 2;

struct Panel {
  std::int64_t column;  // first column
  int vectors;          // width in vectors
  int columns;          // columns that exist; the last panel may be ragged
};

struct Panels {
  std::int64_t columns;
  std::int64_t count;

  explicit CAROM_INLINE Panels(std::int64_t n) : columns(n) {
    count = (vectors() + kMaxVectors - 1) / kMaxVectors;
  }
  CAROM_INLINE std::int64_t vectors() const { return (columns + kLanes - 1) / kLanes; }
  CAROM_INLINE Panel operator[](std::int64_t i) const {
    const std::int64_t base = vectors() / count, wide = vectors() % count;
    const std::int64_t first = i * base + (i < wide ? i : wide);
    const int width = static_cast<int>(base + (i < wide ? 1 : 0));
    const std::int64_t column = first * kLanes;
    const std::int64_t left = columns - column;
    const int full = width * kLanes;
    return {column, width, left < full ? static_cast<int>(left) : full};
  }
};

}  // namespace carom::cpu::CAROM_ISA
