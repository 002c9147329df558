// Conversion between element types, one per pair; floats saturate, so that no value is undefined. CPU
// loops and CUDA kernels share it.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/team.h"

namespace carom {

/// A byte that is 0 or 1.
struct Bool {
  std::uint8_t byte;
};

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

}  // namespace carom
