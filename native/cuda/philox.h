// What the random ops share: moving the state on when all threads have read it, and elements in groups
// of four, one group for each block of Philox.
#pragma once

#include "cuda/elementwise.h"
#include "ops/philox.h"

namespace carom::cuda {

/// Moves the state on; where it was goes to `used`, unless that is null.
CAROM_DEVICE void advance_state(std::int32_t* state, std::int32_t* used) {
  if (used != nullptr) {
    for (int i = 0; i < 4; ++i) used[i] = state[i];
  }
  philox::advance(state);
}

/// The end of a kernel whose threads all come here. A block that is alone moves the state on.
CAROM_DEVICE void advance_if_alone(std::int32_t* state, std::int32_t* used = nullptr) {
  if (gridDim.x > 1) return;
  __syncthreads();
  if (threadIdx.x == 0) advance_state(state, used);
}

static __global__ void advance_kernel(std::int32_t* state, std::int32_t* used) {
  advance_state(state, used);
}

/// Starts what advance_if_alone() leaves to do after a grid of `blocks` blocks.
inline void advance_after(Launch& launch, unsigned blocks, std::int32_t* state,
                          std::int32_t* used = nullptr) {
  if (blocks != 1) start(launch, 1, 1, 0, advance_kernel, state, used);
}

/// Whether groups of four floats from `data` on can be loaded and stored at once.
inline bool in_packs(const void* data) {
  return reinterpret_cast<std::uintptr_t>(data) % sizeof(Pack<float>) == 0;
}

/// Stores the group of four that begins at element `at`, as far as there are elements.
CAROM_DEVICE void store_group(float* out, std::int64_t at, std::int64_t count, bool packs,
                              const Pack<float>& values) {
  if (packs && at + kVector <= count) {
    *reinterpret_cast<Pack<float>*>(out + at) = values;
    return;
  }
  for (int j = 0; j < kVector; ++j) {
    if (at + j < count) out[at + j] = values.at[j];
  }
}

}  // namespace carom::cuda
