// gruSequence and its gradient: phase 0 packs the weights, then each rank takes its sequences
// through the steps: a small product and the gates, step after step. The state's gradient is carried in
// dh0.
#include "ops/gru.h"

#include "cpu/recurrence.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// One row of one step. `gates` may be null.
void gates_of_row(std::int64_t units, const float* projected, const float* product,
                  const float* before, float* after, float* gates) {
  for (std::int64_t j = 0; j < units; j += kLanes) {
    const int n = lanes_left(units, j);
    const auto at = [&](const float* x, int gate) {
      const float* p = x + gate * units + j;
      return n == kLanes ? load(p) : load_first(p, n);
    };
    const auto put = [&](float* x, int gate, Vec v) {
      float* p = x + gate * units + j;
      if (n == kLanes) store(p, v);
      else store_first(p, v, n);
    };
    const Vec reset = math::sigmoid(at(projected, 0) + at(product, 0));
    const Vec update = math::sigmoid(at(projected, 1) + at(product, 1));
    const Vec inner = at(product, 2);
    const Vec fresh = math::tanh(at(projected, 2) + reset * inner);
    put(after, 0, fresh + update * (at(before, 0) - fresh));
    if (gates == nullptr) continue;
    put(gates, 0, reset);
    put(gates, 1, update);
    put(gates, 2, fresh);
    put(gates, 3, inner);
  }
}

void run_block(const GruParams& p, const Weights& weights, Range rows, float* scratch) {
  const Sequence& s = p.s;
  const std::int64_t count = rows.end - rows.begin, units = s.units;
  float* product = scratch;
  float* copy = scratch + count * 3 * units;
  for (std::int64_t t = 0; t < s.steps; ++t) {
    const std::int64_t row = t * s.batch + rows.begin;
    const float* state =
        t == 0 ? p.h0 + rows.begin * units : p.output + (row - s.batch) * units;
    const float* before = after_resets(s, t, rows, state, copy);
    multiply_weights(weights, count, before, product, p.bias, false);
    for (std::int64_t i = 0; i < count; ++i) {
      float* gates = p.gates == nullptr ? nullptr : p.gates + (row + i) * 4 * units;
      gates_of_row(units, p.projected + (row + i) * 3 * units, product + i * 3 * units,
                   before + i * units, p.output + (row + i) * units, gates);
    }
  }
}

/// Where the gradients of one row of one step come from and go.
struct RowGradient {
  const float *dy, *gates, *before;  // before: null where the state was reset
  float *carry, *dprojected, *dgates, *previous;
};

/// carry becomes what reaches the state before the step directly.
void gradient_of_row(std::int64_t units, const RowGradient& r) {
  for (std::int64_t j = 0; j < units; j += kLanes) {
    const int n = lanes_left(units, j);
    const auto at = [&](const float* x, int gate) {
      const float* p = x + gate * units + j;
      return n == kLanes ? load(p) : load_first(p, n);
    };
    const auto put = [&](float* x, int gate, Vec v) {
      float* p = x + gate * units + j;
      if (n == kLanes) store(p, v);
      else store_first(p, v, n);
    };
    const Vec dh = at(r.dy, 0) + at(r.carry, 0);
    const Vec reset = at(r.gates, 0), update = at(r.gates, 1), fresh = at(r.gates, 2);
    const Vec before = r.before == nullptr ? Vec{} : at(r.before, 0);
    const Vec dfresh = dh * (1.0f - update) * (1.0f - fresh * fresh);
    const Vec dreset = dfresh * at(r.gates, 3) * reset * (1.0f - reset);
    const Vec dupdate = dh * (before - fresh) * update * (1.0f - update);
    put(r.dprojected, 0, dreset);
    put(r.dprojected, 1, dupdate);
    put(r.dprojected, 2, dfresh);
    put(r.dgates, 0, dreset);
    put(r.dgates, 1, dupdate);
    put(r.dgates, 2, dfresh * reset);
    put(r.previous, 0, before);
    put(r.carry, 0, dh * update);
  }
}

void run_block_backward(const GruBackwardParams& p, const Weights& weights, Range rows) {
  const Sequence& s = p.s;
  const std::int64_t count = rows.end - rows.begin, units = s.units;
  const std::size_t row_bytes = static_cast<std::size_t>(units) * sizeof(float);
  float* carry = p.dh0 + rows.begin * units;
  __builtin_memset(carry, 0, static_cast<std::size_t>(count) * row_bytes);
  for (std::int64_t t = s.steps - 1; t >= 0; --t) {
    const std::int64_t row = t * s.batch + rows.begin;
    const float* state =
        t == 0 ? p.h0 + rows.begin * units : p.output + (row - s.batch) * units;
    for (std::int64_t i = 0; i < count; ++i) {
      const bool reset = s.resets(t, rows.begin + i);
      gradient_of_row(units, {p.dy + (row + i) * units, p.gates + (row + i) * 4 * units,
                              reset ? nullptr : state + i * units, carry + i * units,
                              p.dprojected + (row + i) * 3 * units,
                              p.dgates + (row + i) * 3 * units, p.previous + (row + i) * units});
    }
    multiply_weights(weights, count, p.dgates + row * 3 * units, carry, nullptr, true);
    for (std::int64_t i = 0; i < count; ++i) {
      if (s.resets(t, rows.begin + i)) __builtin_memset(carry + i * units, 0, row_bytes);
    }
  }
}

}  // namespace

void gru(const GruParams& p, const Team& team) {
  const std::int64_t units = p.s.units;
  float* scratch = reinterpret_cast<float*>(team.scratch);
  const Weights weights{{p.weight, 1, units}, 3 * units, units, p.s.packed ? scratch : nullptr};
  if (p.s.packed && team.phase == 0) return pack_weights(weights, team);
  if (p.s.packed) scratch += padded_columns(3 * units) * units;
  for_sequences(p.s, team, scratch, gru_row_floats(units),
                [&](Range rows, float* own) { run_block(p, weights, rows, own); });
}

void gru_backward(const GruBackwardParams& p, const Team& team) {
  const std::int64_t units = p.s.units;
  float* packed = reinterpret_cast<float*>(team.scratch);
  const Weights weights{{p.weight, units, 1}, units, 3 * units, p.s.packed ? packed : nullptr};
  if (p.s.packed && team.phase == 0) return pack_weights(weights, team);
  for_sequences(p.s, team, nullptr, 0,
                [&](Range rows, float*) { run_block_backward(p, weights, rows); });
}

}  // namespace carom::cpu::CAROM_ISA
