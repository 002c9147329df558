#include "ops/lstm.h"

#include "ops/gemm.h"

namespace carom {
namespace {

double product_flops(const Sequence& s) {
  return 8.0 * static_cast<double>(s.steps * s.batch) * static_cast<double>(s.units * s.units);
}

double state_elements(const Sequence& s) {
  return static_cast<double>(s.steps * s.batch * s.units);
}

}  // namespace

LstmParams make_lstm(const Call& call, Plan& plan) {
  if (call.param_count() != 2) call.expect_counts(6, 2, 2);
  const int bias = static_cast<int>(call.integer_param(0, "bias", 0, 1));
  const int reset = static_cast<int>(call.integer_param(1, "reset", 0, 1));
  const bool keeps_gates = call.output_count() == 2;
  call.expect_counts(4 + bias + reset, keeps_gates ? 2 : 1, 2);
  LstmParams p{};
  p.s = make_sequence(call, call.in(0), call.in(1), 4);
  Sequence& s = p.s;
  p.projected = dense_floats(call, call.in(0), "projected", {s.steps, s.batch, 4 * s.units});
  p.h0 = dense_floats(call, call.in(1), "h0", {s.batch, s.units});
  p.c0 = dense_floats(call, call.in(2), "c0", {s.batch, s.units});
  p.weight = dense_floats(call, call.in(3), "weight", {4 * s.units, s.units});
  if (bias == 1) p.bias = dense_floats(call, call.in(4), "bias", {4 * s.units});
  if (reset == 1) set_reset(call, call.in(4 + bias), s);
  p.states = dense_floats(call, call.out(0), "states", {s.steps + 1, s.batch, s.units});
  if (keeps_gates)
    p.gates = dense_floats(call, call.out(1), "gates", {s.steps, s.batch, 5 * s.units});
  s.packed = s.steps * s.batch >= kRowsWorthPacking;
  plan_sequence(s, plan, padded_columns(4 * s.units) * s.units, lstm_row_floats(s.units),
                product_flops(s), 5 * state_elements(s));
  return p;
}

LstmBackwardParams make_lstm_backward(const Call& call, Plan& plan) {
  if (call.param_count() != 1) call.expect_counts(6, 4, 1);
  const int reset = static_cast<int>(call.integer_param(0, "reset", 0, 1));
  call.expect_counts(6 + reset, 4, 1);
  LstmBackwardParams p{};
  p.s = make_sequence(call, call.in(2), call.in(3), 5);
  Sequence& s = p.s;
  p.dy = dense_floats(call, call.in(0), "dy", {s.steps + 1, s.batch, s.units});
  p.states = dense_floats(call, call.in(1), "states", {s.steps + 1, s.batch, s.units});
  p.gates = dense_floats(call, call.in(2), "gates", {s.steps, s.batch, 5 * s.units});
  p.h0 = dense_floats(call, call.in(3), "h0", {s.batch, s.units});
  p.c0 = dense_floats(call, call.in(4), "c0", {s.batch, s.units});
  p.weight = dense_floats(call, call.in(5), "weight", {4 * s.units, s.units});
  if (reset == 1) set_reset(call, call.in(6), s);
  p.dgates = dense_floats(call, call.out(0), "dgates", {s.steps, s.batch, 4 * s.units});
  p.previous = dense_floats(call, call.out(1), "previous", {s.steps, s.batch, s.units});
  p.dh0 = dense_floats(call, call.out(2), "dh0", {s.batch, s.units});
  p.dc0 = dense_floats(call, call.out(3), "dc0", {s.batch, s.units});
  s.packed = s.steps * s.batch >= kRowsWorthPacking;
  // The gradients of the state are carried in dh0 and dc0, so there is no scratch but the weights.
  plan_sequence(s, plan, padded_columns(s.units) * 4 * s.units, 0, product_flops(s),
                5 * state_elements(s));
  return p;
}

}  // namespace carom
