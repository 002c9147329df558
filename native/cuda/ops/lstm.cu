#include "ops/lstm.h"

#include "cuda/recurrence.h"

namespace carom::cuda {
namespace {

using functors::Sigmoid;
using functors::Tanh;

/// Step t: product [B, 4H] holds the state times the weights. The cells lie in the last row of states.
__global__ void gates_kernel(LstmParams p, std::int64_t t, const float* product) {
  const Sequence& s = p.s;
  const std::int64_t units = s.units, size = s.batch * units;
  float* cells = p.states + s.steps * size;
  const float* cells_before = t == 0 ? p.c0 : cells;
  for (std::int64_t i = global_index(); i < size; i += global_count()) {
    const std::int64_t b = i / units, j = i % units, row = t * s.batch + b;
    const bool reset = s.resets(t, b);
    const auto sum = [&](int gate) {
      float total = reset ? 0.0f : product[(b * 4 + gate) * units + j];
      if (p.bias != nullptr) total += p.bias[gate * units + j];
      return p.projected[(row * 4 + gate) * units + j] + total;
    };
    const float input = Sigmoid{}(sum(0)), forget = Sigmoid{}(sum(1));
    const float fresh = Tanh{}(sum(2)), out = Sigmoid{}(sum(3));
    const float before = reset ? 0.0f : cells_before[i];
    const float now = forget * before + input * fresh;
    cells[i] = now;
    p.states[t * size + i] = out * Tanh{}(now);
    if (p.gates == nullptr) continue;
    float* gates = p.gates + row * 5 * units + j;
    gates[0] = input;
    gates[units] = forget;
    gates[2 * units] = fresh;
    gates[3 * units] = out;
    gates[4 * units] = now;
  }
}

/// Step t: dh0 and dc0 carry the gradients of the state. dc0 becomes what reaches the cell before the
/// step.
__global__ void gradient_kernel(LstmBackwardParams p, std::int64_t t) {
  const Sequence& s = p.s;
  const std::int64_t units = s.units, size = s.batch * units;
  const bool last = t + 1 == s.steps;
  const float* states = t == 0 ? p.h0 : p.states + (t - 1) * size;
  const float* later = last ? p.dy + s.steps * size : p.dc0;
  for (std::int64_t i = global_index(); i < size; i += global_count()) {
    const std::int64_t b = i / units, j = i % units, row = t * s.batch + b;
    const bool reset = s.resets(t, b);
    const float* gates = p.gates + row * 5 * units + j;
    const float input = gates[0], forget = gates[units], fresh = gates[2 * units];
    const float out = gates[3 * units], cell = Tanh{}(gates[4 * units]);
    float before = 0, cell_before = 0;
    if (!reset) {
      before = states[i];
      cell_before = t == 0 ? p.c0[i] : p.gates[((row - s.batch) * 5 + 4) * units + j];
    }
    const float dh = p.dy[t * size + i] + carried(s, t, b, p.dh0[i]);
    const float dc = later[i] + dh * out * (1.0f - cell * cell);
    float* dgates = p.dgates + row * 4 * units + j;
    dgates[0] = dc * fresh * input * (1.0f - input);
    dgates[units] = dc * cell_before * forget * (1.0f - forget);
    dgates[2 * units] = dc * input * (1.0f - fresh * fresh);
    dgates[3 * units] = dh * cell * out * (1.0f - out);
    p.previous[t * size + i] = before;
    p.dc0[i] = reset ? 0.0f : dc * forget;
  }
}

void copy_states(Launch& launch, float* to, const float* from, std::int64_t size) {
  check(cudaMemcpyAsync(to, from, static_cast<std::size_t>(size) * sizeof(float),
                        cudaMemcpyDeviceToDevice, launch.stream),
        launch.op, "cudaMemcpyAsync");
}

}  // namespace

void lstm(const LstmParams& p, Launch& launch) {
  const std::int64_t size = state_size(p.s);
  if (size == 0) return;
  if (p.s.steps == 0) return copy_states(launch, p.states, p.c0, size);
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
  if (p.s.steps == 0) copy_states(launch, p.dc0, p.dy, size);
  for (std::int64_t t = p.s.steps - 1; t >= 0; --t) {
    start(launch, blocks_for(size), kThreads, 0, gradient_kernel, p, t);
    multiply_gradient(launch, p.s, 4, p.dgates + t * 4 * size, p.weight, p.dh0, false);
  }
  clear_first(launch, p.s, p.dh0);
}

}  // namespace carom::cuda
