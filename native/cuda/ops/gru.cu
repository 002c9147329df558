#include "ops/gru.h"

#include "cuda/recurrence.h"

namespace carom::cuda {
namespace {

using functors::Sigmoid;
using functors::Tanh;

/// Step t: product [B, 3H] holds the state times the weights.
__global__ void gates_kernel(GruParams p, std::int64_t t, const float* product) {
  const Sequence& s = p.s;
  const std::int64_t units = s.units, size = s.batch * units;
  const float* states = t == 0 ? p.h0 : p.output + (t - 1) * size;
  for (std::int64_t i = global_index(); i < size; i += global_count()) {
    const std::int64_t b = i / units, j = i % units, row = t * s.batch + b;
    const bool reset = s.resets(t, b);
    const auto inner = [&](int gate) {
      const float sum = reset ? 0.0f : product[(b * 3 + gate) * units + j];
      return p.bias == nullptr ? sum : sum + p.bias[gate * units + j];
    };
    const float* projected = p.projected + row * 3 * units + j;
    const float before = reset ? 0.0f : states[i];
    const float open = Sigmoid{}(projected[0] + inner(0));
    const float update = Sigmoid{}(projected[units] + inner(1));
    const float last = inner(2);
    const float fresh = Tanh{}(projected[2 * units] + open * last);
    p.output[row * units + j] = fresh + update * (before - fresh);
    if (p.gates == nullptr) continue;
    float* gates = p.gates + row * 4 * units + j;
    gates[0] = open;
    gates[units] = update;
    gates[2 * units] = fresh;
    gates[3 * units] = last;
  }
}

/// Step t: dh0 carries the gradient of the state; it becomes what reaches the state before the step
/// directly.
__global__ void gradient_kernel(GruBackwardParams p, std::int64_t t) {
  const Sequence& s = p.s;
  const std::int64_t units = s.units, size = s.batch * units;
  const float* states = t == 0 ? p.h0 : p.output + (t - 1) * size;
  for (std::int64_t i = global_index(); i < size; i += global_count()) {
    const std::int64_t b = i / units, j = i % units, row = t * s.batch + b;
    const float dh = p.dy[t * size + i] + carried(s, t, b, p.dh0[i]);
    const float* gates = p.gates + row * 4 * units + j;
    const float open = gates[0], update = gates[units], fresh = gates[2 * units];
    const float before = s.resets(t, b) ? 0.0f : states[i];
    const float dfresh = dh * (1.0f - update) * (1.0f - fresh * fresh);
    const float dopen = dfresh * gates[3 * units] * open * (1.0f - open);
    const float dupdate = dh * (before - fresh) * update * (1.0f - update);
    float* dprojected = p.dprojected + row * 3 * units + j;
    dprojected[0] = dopen;
    dprojected[units] = dupdate;
    dprojected[2 * units] = dfresh;
    float* dgates = p.dgates + row * 3 * units + j;
    dgates[0] = dopen;
    dgates[units] = dupdate;
    dgates[2 * units] = dfresh * open;
    p.previous[t * size + i] = before;
    p.dh0[i] = dh * update;
  }
}

}  // namespace

void gru(const GruParams& p, Launch& launch) {
  const std::int64_t size = state_size(p.s);
  if (size == 0 || p.s.steps == 0) return;
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
  for (std::int64_t t = p.s.steps - 1; t >= 0; --t) {
    start(launch, blocks_for(size), kThreads, 0, gradient_kernel, p, t);
    multiply_gradient(launch, p.s, 3, p.dgates + t * 3 * size, p.weight, p.dh0, true);
  }
  clear_first(launch, p.s, p.dh0);
}

}  // namespace carom::cuda
