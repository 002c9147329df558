// Sums over warps and blocks, in an order that depends on the block's size alone.
#pragma once

#include "cuda/launch.h"

namespace carom::cuda {

struct AddUp {
  template <class T>
  CAROM_DEVICE T operator()(T a, T b) const {
    return a + b;
  }
};

struct Largest {
  template <class T>
  CAROM_DEVICE T operator()(T a, T b) const {
    return a > b || a != a ? a : b;  // NaN wins
  }
};

/// Combines the values of a warp's 32 lanes; every lane gets the result.
template <class T, class Combine>
CAROM_DEVICE T warp_reduce(T value, Combine combine) {
  for (int step = 16; step > 0; step /= 2) {
    value = combine(value, __shfl_xor_sync(0xFFFFFFFFu, value, step));
  }
  return value;
}

/// Combines the values of all threads of a one-dimensional block of a multiple of 32 threads; every
/// thread gets the result. All threads must come.
template <class T, class Combine>
CAROM_DEVICE T block_reduce(T value, Combine combine, T neutral) {
  CAROM_SHARED(T, partial, 32);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const int warps = static_cast<int>(blockDim.x) / 32;
  value = warp_reduce(value, combine);
  __syncthreads();  // an earlier call's results may still be read
  if (lane == 0) partial[warp] = value;
  __syncthreads();
  value = lane < warps ? partial[lane] : neutral;
  return warp_reduce(value, combine);
}

}  // namespace carom::cuda
