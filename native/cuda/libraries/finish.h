// What our kernels do with the store and the libraries do not: bias and activation, in place.
#pragma once

#include "cuda/launch.h"
#include "ops/functors.h"
#include "ops/gemm.h"

namespace carom::cuda {

/// Rows of `columns` elements, `stride` apart. Column i has the bias of i modulo `channels`.
struct FinishParams {
  float* data;
  std::int64_t rows, columns, stride, channels;
  const float* bias;  // null: none
  Activation activation;
};

__global__ static void finish_kernel(FinishParams p) {
  const std::int64_t count = p.rows * p.columns;
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const std::int64_t row = i / p.columns, column = i - row * p.columns;
    float* at = p.data + row * p.stride + column;
    float value = *at;
    if (p.bias != nullptr) value += p.bias[column % p.channels];
    if (p.activation == Activation::relu) value = functors::Relu{}(value);
    if (p.activation == Activation::tanh) value = functors::Tanh{}(value);
    *at = value;
  }
}

inline void finish(Launch& launch, const FinishParams& p) {
  if (p.bias == nullptr && p.activation == Activation::none) return;
  start(launch, blocks_for(p.rows * p.columns), kThreads, 0, finish_kernel, p);
}

}  // namespace carom::cuda
