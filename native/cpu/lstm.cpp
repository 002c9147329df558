// lstmSequence and its gradient: phase 0 packs the weights, then each rank takes its sequences
// through the steps: a small product and the gates, step after step. The cell's state lies in the
// last row of `states` all the while; its gradient and that of h are carried in dc0 and dh0.
#include "ops/lstm.h"

#include "cpu/recurrence.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// One row of one step; `cell` is read and written. `cell_before`: null where the state was reset.
void gates_of_row(std::int64_t units, const float* projected, const float* product,
                  const float* cell_before, float* cell, float* after, float* gates) {
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
    const Vec input = math::sigmoid(at(projected, 0) + at(product, 0));
    const Vec forget = math::sigmoid(at(projected, 1) + at(product, 1));
    const Vec fresh = math::tanh(at(projected, 2) + at(product, 2));
    const Vec out = math::sigmoid(at(projected, 3) + at(product, 3));
    const Vec before = cell_before == nullptr ? Vec{} : at(cell_before, 0);
    const Vec now = forget * before + input * fresh;
    put(cell, 0, now);
    put(after, 0, out * math::tanh(now));
    if (gates == nullptr) continue;
    put(gates, 0, input);
    put(gates, 1, forget);
    put(gates, 2, fresh);
    put(gates, 3, out);
    put(gates, 4, now);
  }
}

void run_block(const LstmParams& p, const Weights& weights, Range rows, float* scratch) {
  const Sequence& s = p.s;
  const std::int64_t count = rows.end - rows.begin, units = s.units;
  float* product = scratch;
  float* copy = scratch + count * 4 * units;
  float* cells = p.states + (s.steps * s.batch + rows.begin) * units;
  if (s.steps == 0) {
    const std::size_t bytes = static_cast<std::size_t>(count * units) * sizeof(float);
    __builtin_memcpy(cells, p.c0 + rows.begin * units, bytes);
  }
  for (std::int64_t t = 0; t < s.steps; ++t) {
    const std::int64_t row = t * s.batch + rows.begin;
    const float* state =
        t == 0 ? p.h0 + rows.begin * units : p.states + (row - s.batch) * units;
    const float* cells_before = t == 0 ? p.c0 + rows.begin * units : cells;
    const float* before = after_resets(s, t, rows, state, copy);
    multiply_weights(weights, count, before, product, p.bias, false);
    for (std::int64_t i = 0; i < count; ++i) {
      const bool reset = s.resets(t, rows.begin + i);
      float* gates = p.gates == nullptr ? nullptr : p.gates + (row + i) * 5 * units;
      gates_of_row(units, p.projected + (row + i) * 4 * units, product + i * 4 * units,
                   reset ? nullptr : cells_before + i * units, cells + i * units,
                   p.states + (row + i) * units, gates);
    }
  }
}

/// Where the gradients of one row of one step come from and go.
struct RowGradient {
  const float *dy, *gates;
  const float *before, *cell_before;  // null where the state was reset
  float *dh, *dc, *dgates, *previous;
};

/// dc becomes what reaches the cell before the step; dh is set to 0 for the product to add to.
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
    const Vec input = at(r.gates, 0), forget = at(r.gates, 1), fresh = at(r.gates, 2);
    const Vec out = at(r.gates, 3), cell = math::tanh(at(r.gates, 4));
    const bool reset = r.before == nullptr;
    const Vec before = reset ? Vec{} : at(r.before, 0);
    const Vec cell_before = reset ? Vec{} : at(r.cell_before, 0);
    const Vec dh = at(r.dy, 0) + at(r.dh, 0);
    const Vec dc = at(r.dc, 0) + dh * out * (1.0f - cell * cell);
    put(r.dgates, 0, dc * fresh * input * (1.0f - input));
    put(r.dgates, 1, dc * cell_before * forget * (1.0f - forget));
    put(r.dgates, 2, dc * input * (1.0f - fresh * fresh));
    put(r.dgates, 3, dh * cell * out * (1.0f - out));
    put(r.previous, 0, before);
    put(r.dc, 0, reset ? Vec{} : dc * forget);
    put(r.dh, 0, Vec{});
  }
}

void run_block_backward(const LstmBackwardParams& p, const Weights& weights, Range rows) {
  const Sequence& s = p.s;
  const std::int64_t count = rows.end - rows.begin, units = s.units, first = rows.begin * units;
  const std::size_t row_bytes = static_cast<std::size_t>(units) * sizeof(float);
  float *dh = p.dh0 + first, *dc = p.dc0 + first;
  __builtin_memset(dh, 0, static_cast<std::size_t>(count) * row_bytes);
  __builtin_memcpy(dc, p.dy + s.steps * s.batch * units + first,
                   static_cast<std::size_t>(count) * row_bytes);
  for (std::int64_t t = s.steps - 1; t >= 0; --t) {
    const std::int64_t row = t * s.batch + rows.begin;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t now = row + i, last = now - s.batch;
      const float* before = t == 0 ? p.h0 + first + i * units : p.states + last * units;
      const float* cell = t == 0 ? p.c0 + first + i * units : p.gates + (last * 5 + 4) * units;
      const bool reset = s.resets(t, rows.begin + i);
      gradient_of_row(units, {p.dy + now * units, p.gates + now * 5 * units,
                              reset ? nullptr : before, cell, dh + i * units, dc + i * units,
                              p.dgates + now * 4 * units, p.previous + now * units});
    }
    multiply_weights(weights, count, p.dgates + row * 4 * units, dh, nullptr, true);
    for (std::int64_t i = 0; i < count; ++i) {
      if (s.resets(t, rows.begin + i)) __builtin_memset(dh + i * units, 0, row_bytes);
    }
  }
}

}  // namespace

void lstm(const LstmParams& p, const Team& team) {
  const std::int64_t units = p.s.units;
  float* scratch = reinterpret_cast<float*>(team.scratch);
  const Weights weights{{p.weight, 1, units}, 4 * units, units, p.s.packed ? scratch : nullptr};
  if (p.s.packed && team.phase == 0) return pack_weights(weights, team);
  if (p.s.packed) scratch += padded_columns(4 * units) * units;
  for_sequences(p.s, team, scratch, lstm_row_floats(units),
                [&](Range rows, float* own) { run_block(p, weights, rows, own); });
}

void lstm_backward(const LstmBackwardParams& p, const Team& team) {
  const std::int64_t units = p.s.units;
  float* packed = reinterpret_cast<float*>(team.scratch);
  const Weights weights{{p.weight, units, 1}, units, 4 * units, p.s.packed ? packed : nullptr};
  if (p.s.packed && team.phase == 0) return pack_weights(weights, team);
  for_sequences(p.s, team, nullptr, 0,
                [&](Range rows, float*) { run_block_backward(p, weights, rows); });
}

}  // namespace carom::cpu::CAROM_ISA
