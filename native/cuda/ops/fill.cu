#include "cuda/elementwise.h"
#include "ops/fill.h"

namespace carom::cuda {
namespace {

template <class T>
__global__ void fill_kernel(ElementwiseLayout<1> layout, T value) {
  for (std::int64_t i = global_index(); i < layout.size; i += global_count()) {
    std::int64_t at[1];
    locate<std::uint64_t>(layout, i, at);
    reinterpret_cast<T*>(layout.data[0])[at[0]] = value;
  }
}

template <class T>
void fill_as(const FillParams& p, Launch& launch, T value) {
  start(launch, blocks_for(p.layout.size), kThreads, 0, fill_kernel<T>, p.layout, value);
}

/// The value as a 32-bit integer, wrapping as JavaScript's typed arrays do; NaN and infinity give
/// 0.
std::uint32_t to_word(double value) {
  if (!(value > -9.0e15 && value < 9.0e15)) return 0;
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(value));
}

}  // namespace

void fill(const FillParams& p, Launch& launch) {
  switch (p.dtype) {
    case DType::float32: return fill_as(p, launch, static_cast<float>(p.value));
    case DType::float64: return fill_as(p, launch, p.value);
    case DType::int32: return fill_as(p, launch, static_cast<std::int32_t>(to_word(p.value)));
    case DType::uint8: return fill_as(p, launch, static_cast<std::uint8_t>(to_word(p.value)));
    case DType::boolean: return fill_as(p, launch, static_cast<std::uint8_t>(p.value != 0));
  }
}

}  // namespace carom::cuda
