#include "cuda/recurrence.h"
#include "ops/gru.h"

namespace carom::cuda {
namespace {

using functors::Sigmoid;
using functors::Tanh;

/// Unit j of sequence b in step t. product, projected: of the first gate's unit j, the gates `units`
/// apart. Returns the new state.
CAROM_DEVICE float step(const GruParams& p, std::int64_t t, std::int64_t b, std::int64_t j,
                        float before, const float* product, const float* projected) {
  const Sequence& s = p.s;
  const std::int64_t units = s.units, row = t * s.batch + b;
  const bool reset = s.resets(t, b);
  if (reset) before = 0;
  const auto inner = [&](int gate) {
    const float sum = reset ? 0.0f : product[gate * units];
    return p.bias == nullptr ? sum : sum + p.bias[gate * units + j];
  };
  const float open = Sigmoid{}(projected[0] + inner(0));
  const float update = Sigmoid{}(projected[units] + inner(1));
  const float last = inner(2);
  const float fresh = Tanh{}(projected[2 * units] + open * last);
  const float after = fresh + update * (before - fresh);
  p.output[row * units + j] = after;
  if (p.gates != nullptr) {
    float* gates = p.gates + row * 4 * units + j;
    gates[0] = open;
    gates[units] = update;
    gates[2 * units] = fresh;
    gates[3 * units] = last;
  }
  return after;
}

/// Step t: product [B, 3H] holds the state times the weights.
__global__ void gates_kernel(GruParams p, std::int64_t t, const float* product) {
  const std::int64_t units = p.s.units, size = p.s.batch * units;
  const float* states = t == 0 ? p.h0 : p.output + (t - 1) * size;
  for (std::int64_t i = global_index(); i < size; i += global_count()) {
    const std::int64_t b = i / units, j = i % units, at = b * 3 * units + j;
    step(p, t, b, j, states[i], product + at, p.projected + t * 3 * size + at);
  }
}

/// All steps of a few sequences.
__global__ void steps_kernel(GruParams p) {
  CAROM_DYNAMIC_SHARED(float, shared);
  const Sequence& s = p.s;
  StepBlock<3> block(s, shared, p.weight, p.h0);
  for (std::int64_t t = 0; t < s.steps; ++t) {
    block.multiply(s, p.projected + t * s.batch * block.width);
    __syncthreads();
    const int all = static_cast<int>(blockDim.x);
    for (int i = static_cast<int>(threadIdx.x); i < kBlockRows * block.units; i += all) {
      const int r = i / block.units, j = i % block.units, at = r * block.width + j;
      if (block.first + r >= s.batch) continue;
      block.put_state(r, j,
                      step(p, t, block.first + r, j, block.get_state(r, j), block.product + at,
                           block.projected + at));
    }
    __syncthreads();
  }
}

/// Unit j of sequence b in step t. dh: what later steps send to the state. Returns what reaches the
/// state before the step directly; the gates' gradients go to d, too.
CAROM_DEVICE float gradient(const GruBackwardParams& p, std::int64_t t, std::int64_t b,
                            std::int64_t j, float dh, float (&d)[3]) {
  const Sequence& s = p.s;
  const std::int64_t units = s.units, row = t * s.batch + b, at = row * units + j;
  float before = 0;
  if (!s.resets(t, b)) before = t == 0 ? p.h0[at] : p.output[at - s.batch * units];
  const float* gates = p.gates + row * 4 * units + j;
  const float open = gates[0], update = gates[units], fresh = gates[2 * units];
  dh += p.dy[at];
  const float dfresh = dh * (1.0f - update) * (1.0f - fresh * fresh);
  d[0] = dfresh * gates[3 * units] * open * (1.0f - open);
  d[1] = dh * (before - fresh) * update * (1.0f - update);
  d[2] = dfresh * open;
  float* dprojected = p.dprojected + row * 3 * units + j;
  dprojected[0] = d[0];
  dprojected[units] = d[1];
  dprojected[2 * units] = dfresh;
  for (int g = 0; g < 3; ++g) p.dgates[(row * 3 + g) * units + j] = d[g];
  p.previous[at] = before;
  return dh * update;
}

/// Step t. dh0 carries the gradient of the state.
__global__ void gradient_kernel(GruBackwardParams p, std::int64_t t) {
  const std::int64_t units = p.s.units;
  for (std::int64_t i = global_index(); i < p.s.batch * units; i += global_count()) {
    const std::int64_t b = i / units;
    float d[3];
    p.dh0[i] = gradient(p, t, b, i % units, carried(p.s, t, b, p.dh0[i]), d);
  }
}

/// All steps of a few sequences.
__global__ void steps_backward_kernel(GruBackwardParams p) {
  CAROM_DYNAMIC_SHARED(float, shared);
  StepBlock<3> block(p.s, shared, p.weight, nullptr);
  for (std::int64_t t = p.s.steps - 1; t >= 0; --t) {
    const int all = static_cast<int>(blockDim.x);
    for (int i = static_cast<int>(threadIdx.x); i < kBlockRows * block.units; i += all) {
      const int r = i / block.units, j = i % block.units;
      const std::int64_t b = block.first + r;
      if (b >= p.s.batch) continue;
      float d[3];
      const float dh = carried(p.s, t, b, block.gradient(r, j));
      block.put_state(r, j, gradient(p, t, b, j, dh, d));
      block.put_dgates(r, j, d);
    }
    __syncthreads();
    block.multiply_back();
    __syncthreads();
  }
  block.put_first(p.s, p.dh0);
}

}  // namespace

void gru(const GruParams& p, Launch& launch) {
  const std::int64_t size = state_size(p.s);
  if (size == 0 || p.s.steps == 0) return;
  if (StepBlock<3>::fits(launch, p.s)) return start_step_blocks<3>(launch, p, steps_kernel);
  float* product = step_products(launch, p.s, 3);
  for (std::int64_t t = 0; t < p.s.steps; ++t) {
    const float* state = t == 0 ? p.h0 : p.output + (t - 1) * size;
    multiply_state(launch, p.s, 3, state, p.weight, product);
    start(launch, blocks_for(size), kThreads, 0, gates_kernel, p, t, product);
  }
}

void gru_backward(const GruBackwardParams& p, Launch& launch) {
  const std::int64_t size = state_size(p.s);
  if (size == 0) return;
  if (StepBlock<3>::fits(launch, p.s)) {
    return start_step_blocks<3>(launch, p, steps_backward_kernel);
  }
  for (std::int64_t t = p.s.steps - 1; t >= 0; --t) {
    start(launch, blocks_for(size), kThreads, 0, gradient_kernel, p, t);
    multiply_gradient(launch, p.s, 3, p.dgates + t * 3 * size, p.weight, p.dh0, true);
  }
  clear_first(launch, p.s, p.dh0);
}

}  // namespace carom::cuda
