#include "ops/copy.h"

#include <type_traits>

#include "cpu/elementwise.h"

namespace carom::cpu::CAROM_ISA {
namespace {

struct Bool {
  std::uint8_t byte;
};

/// One conversion per pair of types; floats saturate, so that no value is undefined.
template <class To, class From>
struct Convert {
  CAROM_INLINE To operator()(From x) const { return static_cast<To>(x); }
};
template <class From>
struct Convert<Bool, From> {
  CAROM_INLINE Bool operator()(From x) const { return {static_cast<std::uint8_t>(x != From(0))}; }
};
template <class To>
struct Convert<To, Bool> {
  CAROM_INLINE To operator()(Bool x) const { return static_cast<To>(x.byte); }
};
template <>
struct Convert<Bool, Bool> {
  CAROM_INLINE Bool operator()(Bool x) const { return x; }
};

CAROM_INLINE std::int32_t saturate(float x) {
  x = x >= -2147483648.0f ? x : x < 0.0f ? -2147483648.0f : 0.0f;
  return x < 2147483648.0f ? static_cast<std::int32_t>(x < 2147483648.0f ? x : 0.0f) : 2147483647;
}
CAROM_INLINE std::int32_t saturate(double x) {
  x = x >= -2147483648.0 ? x : x < 0.0 ? -2147483648.0 : 0.0;
  return static_cast<std::int32_t>(x < 2147483647.0 ? x : 2147483647.0);
}

template <class From>
  requires(std::is_floating_point_v<From>)
struct Convert<std::int32_t, From> {
  CAROM_INLINE std::int32_t operator()(From x) const { return saturate(x); }
};
template <class From>
  requires(std::is_floating_point_v<From>)
struct Convert<std::uint8_t, From> {
  CAROM_INLINE std::uint8_t operator()(From x) const {
    return static_cast<std::uint8_t>(saturate(x));
  }
};

template <class To, class From>
void copy_as(const CopyParams& p, const Team& team) {
  map1<To, From, Convert<To, From>>(p.layout, team);
}

template <class From>
void copy_from(const CopyParams& p, const Team& team) {
  switch (p.to) {
    case DType::float32: return copy_as<float, From>(p, team);
    case DType::float64: return copy_as<double, From>(p, team);
    case DType::int32: return copy_as<std::int32_t, From>(p, team);
    case DType::uint8: return copy_as<std::uint8_t, From>(p, team);
    case DType::boolean: return copy_as<Bool, From>(p, team);
  }
}

}  // namespace

void copy(const CopyParams& p, const Team& team) {
  switch (p.from) {
    case DType::float32: return copy_from<float>(p, team);
    case DType::float64: return copy_from<double>(p, team);
    case DType::int32: return copy_from<std::int32_t>(p, team);
    case DType::uint8: return copy_from<std::uint8_t>(p, team);
    case DType::boolean: return copy_from<Bool>(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
