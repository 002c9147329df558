// What gru and lstm share: every step is a product, then one kernel over the state's elements. A state
// that a step resets is left out where it is read, so the products may take it as it is.
#pragma once

#include "cuda/gemm.h"
#include "ops/functors.h"
#include "ops/recurrence.h"

namespace carom::cuda {

/// Elements of the state of all sequences.
inline std::int64_t state_size(const Sequence& s) { return s.batch * s.units; }

/// c [B, gates * H] = state [B, H] * weight [gates * H, H]^T
inline void multiply_state(Launch& launch, const Sequence& s, std::int64_t gates,
                           const float* state, const float* weight, float* c) {
  multiply_whole(launch, {s.batch, gates * s.units, s.units, state, s.units, 1, weight, 1, s.units,
                          c, gates * s.units, nullptr, Activation::none, false});
}

/// c [B, H] = dgates [B, gates * H] * weight [gates * H, H], or c +=
inline void multiply_gradient(Launch& launch, const Sequence& s, std::int64_t gates,
                              const float* dgates, const float* weight, float* c,
                              bool accumulate) {
  multiply_whole(launch, {s.batch, s.units, gates * s.units, dgates, gates * s.units, 1, weight,
                          s.units, 1, c, s.units, nullptr, Activation::none, accumulate});
}

/// The gradient that step t + 1 left for the state after step t; 0 after the last step, and where step
/// t + 1 resets the state.
CAROM_DEVICE float carried(const Sequence& s, std::int64_t t, std::int64_t b, float gradient) {
  return t + 1 == s.steps || s.resets(t + 1, b) ? 0.0f : gradient;
}

/// Makes 0 of the gradient of states that the first step resets, or of all where there is no step.
static __global__ void clear_first_kernel(Sequence s, float* gradient) {
  for (std::int64_t i = global_index(); i < s.batch * s.units; i += global_count()) {
    if (s.steps == 0 || s.resets(0, i / s.units)) gradient[i] = 0;
  }
}

inline void clear_first(Launch& launch, const Sequence& s, float* gradient) {
  if (s.steps > 0 && s.reset == nullptr) return;
  start(launch, blocks_for(state_size(s)), kThreads, 0, clear_first_kernel, s, gradient);
}

/// The gates' products of one step, in the call's work space.
inline float* step_products(Launch& launch, const Sequence& s, std::int64_t gates) {
  const auto size = static_cast<std::size_t>(gates * state_size(s));
  return reinterpret_cast<float*>(launch.workspace(size * sizeof(float)));
}

}  // namespace carom::cuda
