#include "cuda/recurrence.h"
#include "ops/lstm.h"

namespace carom::cuda {
namespace {

using functors::Sigmoid;
using functors::Tanh;

/// Unit j of sequence b in step t. product, projected: of the first gate's unit j, the gates `units`
/// apart. Returns the new state; the cell lies in the last row of states.
CAROM_DEVICE float step(const LstmParams& p, std::int64_t t, std::int64_t b, std::int64_t j,
                        const float* product, const float* projected) {
  const Sequence& s = p.s;
  const std::int64_t units = s.units, row = t * s.batch + b, at = b * units + j;
  const bool reset = s.resets(t, b);
  const auto sum = [&](int gate) {
    float total = reset ? 0.0f : product[gate * units];
    if (p.bias != nullptr) total += p.bias[gate * units + j];
    return projected[gate * units] + total;
  };
  const float input = Sigmoid{}(sum(0)), forget = Sigmoid{}(sum(1));
  const float fresh = Tanh{}(sum(2)), out = Sigmoid{}(sum(3));
  float* cells = p.states + s.steps * s.batch * units;
  const float before = reset ? 0.0f : t == 0 ? p.c0[at] : cells[at];
  const float now = forget * before + input * fresh;
  const float after = out * Tanh{}(now);
  cells[at] = now;
  p.states[row * units + j] = after;
  if (p.gates != nullptr) {
    float* gates = p.gates + row * 5 * units + j;
    gates[0] = input;
    gates[units] = forget;
    gates[2 * units] = fresh;
    gates[3 * units] = out;
    gates[4 * units] = now;
  }
  return after;
}

/// Step t: product [B, 4H] holds the state times the weights.
__global__ void gates_kernel(LstmParams p, std::int64_t t, const float* product) {
  const std::int64_t units = p.s.units, size = p.s.batch * units;
  for (std::int64_t i = global_index(); i < size; i += global_count()) {
    const std::int64_t b = i / units, j = i % units, at = b * 4 * units + j;
    step(p, t, b, j, product + at, p.projected + t * 4 * size + at);
  }
}

/// All steps of a few sequences.
__global__ void steps_kernel(LstmParams p) {
  CAROM_DYNAMIC_SHARED(float, shared);
  const Sequence& s = p.s;
  StepBlock<4> block(s, shared, p.weight, p.h0);
  for (std::int64_t t = 0; t < s.steps; ++t) {
    block.multiply(s, p.projected + t * s.batch * block.width);
    __syncthreads();
    const int all = static_cast<int>(blockDim.x);
    for (int i = static_cast<int>(threadIdx.x); i < kBlockRows * block.units; i += all) {
      const int r = i / block.units, j = i % block.units, at = r * block.width + j;
      if (block.first + r >= s.batch) continue;
      block.put_state(r, j,
                      step(p, t, block.first + r, j, block.product + at, block.projected + at));
    }
    __syncthreads();
  }
}

/// Unit j of sequence b in step t. dh: what later steps send to the state. dc0 carries the gradient of
/// the cell. The gates' gradients go to d, too.
CAROM_DEVICE void gradient(const LstmBackwardParams& p, std::int64_t t, std::int64_t b,
                           std::int64_t j, float dh, float (&d)[4]) {
  const Sequence& s = p.s;
  const std::int64_t units = s.units, row = t * s.batch + b, at = row * units + j;
  const std::int64_t state = b * units + j;
  const bool reset = s.resets(t, b), last = t + 1 == s.steps;
  const float* gates = p.gates + row * 5 * units + j;
  const float input = gates[0], forget = gates[units], fresh = gates[2 * units];
  const float out = gates[3 * units], cell = Tanh{}(gates[4 * units]);
  float before = 0, cell_before = 0;
  if (!reset) {
    before = t == 0 ? p.h0[state] : p.states[at - s.batch * units];
    cell_before = t == 0 ? p.c0[state] : p.gates[((row - s.batch) * 5 + 4) * units + j];
  }
  dh += p.dy[at];
  const float later = last ? p.dy[at + s.batch * units] : p.dc0[state];
  const float dc = later + dh * out * (1.0f - cell * cell);
  d[0] = dc * fresh * input * (1.0f - input);
  d[1] = dc * cell_before * forget * (1.0f - forget);
  d[2] = dc * input * (1.0f - fresh * fresh);
  d[3] = dh * cell * out * (1.0f - out);
  for (int g = 0; g < 4; ++g) p.dgates[(row * 4 + g) * units + j] = d[g];
  p.previous[at] = before;
  p.dc0[state] = reset ? 0.0f : dc * forget;
}

/// Step t. dh0 carries the gradient of the state.
__global__ void gradient_kernel(LstmBackwardParams p, std::int64_t t) {
  const std::int64_t units = p.s.units;
  for (std::int64_t i = global_index(); i < p.s.batch * units; i += global_count()) {
    const std::int64_t b = i / units;
    float d[4];
    gradient(p, t, b, i % units, carried(p.s, t, b, p.dh0[i]), d);
  }
}

/// All steps of a few sequences. The state's gradient goes through the gates alone.
__global__ void steps_backward_kernel(LstmBackwardParams p) {
  CAROM_DYNAMIC_SHARED(float, shared);
  StepBlock<4> block(p.s, shared, p.weight, nullptr);
  for (std::int64_t t = p.s.steps - 1; t >= 0; --t) {
    const int all = static_cast<int>(blockDim.x);
    for (int i = static_cast<int>(threadIdx.x); i < kBlockRows * block.units; i += all) {
      const int r = i / block.units, j = i % block.units;
      const std::int64_t b = block.first + r;
      if (b >= p.s.batch) continue;
      float d[4];
      gradient(p, t, b, j, carried(p.s, t, b, block.gradient(r, j)), d);
      block.put_dgates(r, j, d);
    }
    __syncthreads();
    block.multiply_back();
    __syncthreads();
  }
  block.put_first(p.s, p.dh0);
}

}  // namespace

void lstm(const LstmParams& p, Launch& launch) {
  const std::int64_t size = state_size(p.s);
  if (size == 0) return;
  if (p.s.steps == 0) return start_copy(launch, p.states, p.c0, static_cast<std::size_t>(size) * sizeof(float));
  if (StepBlock<4>::fits(launch, p.s)) return start_step_blocks<4>(launch, p, steps_kernel);
  float* product = step_products(launch, p.s, 4);
  for (std::int64_t t = 0; t < p.s.steps; ++t) {
    const float* state = t == 0 ? p.h0 : p.states + (t - 1) * size;
    multiply_state(launch, p.s, 4, state, p.weight, product);
    start(launch, blocks_for(size), kThreads, 0, gates_kernel, p, t, product);
  }
}

void lstm_backward(const LstmBackwardParams& p, Launch& launch) {
  const std::int64_t size = state_size(p.s);
  if (size == 0) return;
  if (p.s.steps == 0) start_copy(launch, p.dc0, p.dy, static_cast<std::size_t>(size) * sizeof(float));
  if (StepBlock<4>::fits(launch, p.s)) {
    return start_step_blocks<4>(launch, p, steps_backward_kernel);
  }
  for (std::int64_t t = p.s.steps - 1; t >= 0; --t) {
    start(launch, blocks_for(size), kThreads, 0, gradient_kernel, p, t);
    multiply_gradient(launch, p.s, 4, p.dgates + t * 4 * size, p.weight, p.dh0, false);
  }
  clear_first(launch, p.s, p.dh0);
}

}  // namespace carom::cuda
