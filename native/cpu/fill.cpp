#include "ops/fill.h"

#include "cpu/elementwise.h"

namespace carom::cpu::CAROM_ISA {
namespace {

template <class T>
void fill_run(const Run& run, const void* context) {
  const T value = *static_cast<const T*>(context);
  T* out = run.as<T>(0);
  const std::int64_t stride = run.strides[0];
  if (stride == 1) {
    for (std::int64_t i = 0; i < run.count; ++i) out[i] = value;
  } else {
    for (std::int64_t i = 0; i < run.count; ++i) out[i * stride] = value;
  }
}

template <class T>
void fill_as(const FillParams& p, const Team& team, T value) {
  for_each_run(p.layout, {sizeof(T)}, team, fill_run<T>, &value);
}

/// The value as a 32-bit integer, wrapping as JavaScript's typed arrays do; NaN and infinity give
/// 0.
std::uint32_t to_word(double value) {
  if (!(value > -9.0e15 && value < 9.0e15)) return 0;
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(value));
}

}  // namespace

void fill(const FillParams& p, const Team& team) {
  switch (p.dtype) {
    case DType::float32: return fill_as(p, team, static_cast<float>(p.value));
    case DType::float64: return fill_as(p, team, p.value);
    case DType::int32: return fill_as(p, team, static_cast<std::int32_t>(to_word(p.value)));
    case DType::uint8: return fill_as(p, team, static_cast<std::uint8_t>(to_word(p.value)));
    case DType::boolean: return fill_as(p, team, static_cast<std::uint8_t>(p.value != 0));
  }
}

}  // namespace carom::cpu::CAROM_ISA
