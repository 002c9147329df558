// What gru and lstm share. Where the weights fit into a block's shared memory, a block takes a few
// sequences through all steps (StepBlock). Otherwise every step is a product, then one kernel over the
// state's elements. A state that a step resets is left out where it is read, so the products may take
// it as it is. A product's element is summed in the order of k either way.
#pragma once

#include "cuda/elementwise.h"
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
                              const float* dgates, const float* weight, float* c, bool accumulate) {
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

/// Sequences that a block takes through the steps together.
inline constexpr int kBlockRows = 4;

/// A block's shared memory for sequences that it takes through all steps: the weights [gates * H, H],
/// the state [H] of each row, and of each row what the gates receive. On the way back: the gradient
/// that reaches the state directly, those of the gates, and of each gate what it adds to the state's.
template <int gates>
struct StepBlock {
  static constexpr std::int64_t kMostUnits = 4096;
  int units, width, pitch;  // width: gates * H
  std::int64_t first;       // sequence
  float *state, *weights;
  float *product, *projected;  // forward: [rows, width]
  float *dgates, *parts;       // backward, in the same memory: [width, rows]

  static std::size_t bytes(std::int64_t units) {
    const std::int64_t row = units + 2 * gates * units;
    return static_cast<std::size_t>(kBlockRows * row + gates * units * (units | 1)) * sizeof(float);
  }
  static unsigned threads(std::int64_t units) {
    return static_cast<unsigned>(std::min<std::int64_t>(512, (gates * units + 31) / 32 * 32));
  }
  static bool fits(const Launch& launch, const Sequence& s) {
    return s.units <= kMostUnits && bytes(s.units) <= launch.device->shared_bytes;
  }

  /// Brings the weights and the first state, if there is one.
  CAROM_DEVICE StepBlock(const Sequence& s, float* shared, const float* weight, const float* h0) {
    units = static_cast<int>(s.units);
    width = gates * units;
    pitch = units | 1;  // so that threads of neighbouring rows use different banks
    first = static_cast<std::int64_t>(blockIdx.x) * kBlockRows;
    state = shared;
    product = state + kBlockRows * units;
    projected = product + kBlockRows * width;
    dgates = product;
    parts = projected;
    weights = projected + kBlockRows * width;
    const int own = static_cast<int>(threadIdx.x), all = static_cast<int>(blockDim.x);
    for (int g = own / 32; g < width; g += all / 32) {
      for (int k = own % 32; k < units; k += 32) weights[g * pitch + k] = weight[g * units + k];
    }
    for (int i = own; i < kBlockRows * units; i += all) {
      const std::int64_t b = first + i / units;
      const bool has = h0 != nullptr && b < s.batch;
      put_state(i / units, i % units, has ? h0[b * units + i % units] : 0.0f);
    }
    __syncthreads();
  }

  CAROM_DEVICE void put_state(int row, int j, float h) { state[j * kBlockRows + row] = h; }
  CAROM_DEVICE float get_state(int row, int j) const { return state[j * kBlockRows + row]; }

  /// product = state * weights^T; meanwhile the step's own input comes from `from` [B, width].
  CAROM_DEVICE void multiply(const Sequence& s, const float* from) {
    for (int g = static_cast<int>(threadIdx.x); g < width; g += static_cast<int>(blockDim.x)) {
      float sum[kBlockRows] = {}, ahead[kBlockRows];
      CAROM_UNROLL
      for (int r = 0; r < kBlockRows; ++r) {
        ahead[r] = first + r < s.batch ? from[(first + r) * width + g] : 0.0f;
      }
      for (int k = 0; k < units; ++k) {
        const float w = weights[g * pitch + k];
        const auto h = *reinterpret_cast<const Pack<float>*>(state + k * kBlockRows);
        CAROM_UNROLL
        for (int r = 0; r < kBlockRows; ++r) sum[r] += h.at[r] * w;
      }
      CAROM_UNROLL
      for (int r = 0; r < kBlockRows; ++r) {
        product[r * width + g] = sum[r];
        projected[r * width + g] = ahead[r];
      }
    }
  }

  CAROM_DEVICE void put_dgates(int row, int j, const float (&d)[gates]) {
    for (int g = 0; g < gates; ++g) dgates[(g * units + j) * kBlockRows + row] = d[g];
  }

  /// parts = dgates * weights, gate by gate.
  CAROM_DEVICE void multiply_back() {
    for (int i = static_cast<int>(threadIdx.x); i < width; i += static_cast<int>(blockDim.x)) {
      const int begin = i / units * units, j = i - begin;
      Pack<float> sum = {};
      for (int g = begin; g < begin + units; ++g) {
        const float w = weights[g * pitch + j];
        const auto d = *reinterpret_cast<const Pack<float>*>(dgates + g * kBlockRows);
        CAROM_UNROLL
        for (int r = 0; r < kBlockRows; ++r) sum.at[r] += d.at[r] * w;
      }
      *reinterpret_cast<Pack<float>*>(parts + i * kBlockRows) = sum;
    }
  }

  /// The gradient of the state before the step.
  CAROM_DEVICE float gradient(int row, int j) const {
    float sum = get_state(row, j);
    for (int g = 0; g < gates; ++g) sum += parts[(g * units + j) * kBlockRows + row];
    return sum;
  }

  /// dh0 of these rows, after the first step was passed.
  CAROM_DEVICE void put_first(const Sequence& s, float* dh0) const {
    for (int i = static_cast<int>(threadIdx.x); i < kBlockRows * units;
         i += static_cast<int>(blockDim.x)) {
      const std::int64_t b = first + i / units;
      if (b >= s.batch) continue;
      dh0[b * units + i % units] = carried(s, -1, b, gradient(i / units, i % units));
    }
  }
};
static_assert(kBlockRows == kVector);

/// Starts a kernel of StepBlocks.
template <int gates, class Params>
void start_step_blocks(Launch& launch, const Params& p, void (*kernel)(Params)) {
  const std::int64_t blocks = (p.s.batch + kBlockRows - 1) / kBlockRows;
  using Block = StepBlock<gates>;
  start(launch, static_cast<unsigned>(blocks), Block::threads(p.s.units), Block::bytes(p.s.units),
        kernel, p);
}

/// The gates' products of one step, in the call's work space.
inline float* step_products(Launch& launch, const Sequence& s, std::int64_t gates) {
  const auto size = static_cast<std::size_t>(gates * state_size(s));
  return reinterpret_cast<float*>(launch.workspace(size * sizeof(float)));
}

}  // namespace carom::cuda
