#include "ops/gru.h"

#include "ops/gemm.h"

namespace carom {
namespace {

double product_flops(const Sequence& s) {
  return 6.0 * static_cast<double>(s.steps * s.batch) * static_cast<double>(s.units * s.units);
}

double state_elements(const Sequence& s) {
  return static_cast<double>(s.steps * s.batch * s.units);
}

}  // namespace

GruParams make_gru(const Call& call, Plan& plan) {
  if (call.param_count() != 2) call.expect_counts(5, 2, 2);
  const int bias = static_cast<int>(call.integer_param(0, "bias", 0, 1));
  const int reset = static_cast<int>(call.integer_param(1, "reset", 0, 1));
  const bool keeps_gates = call.output_count() == 2;
  call.expect_counts(3 + bias + reset, keeps_gates ? 2 : 1, 2);
  GruParams p{};
  p.s = make_sequence(call, call.in(0), call.in(1), 3);
  Sequence& s = p.s;
  p.projected = dense_floats(call, call.in(0), "projected", {s.steps, s.batch, 3 * s.units});
  p.h0 = dense_floats(call, call.in(1), "h0", {s.batch, s.units});
  p.weight = dense_floats(call, call.in(2), "weight", {3 * s.units, s.units});
  if (bias == 1) p.bias = dense_floats(call, call.in(3), "bias", {3 * s.units});
  if (reset == 1) set_reset(call, call.in(3 + bias), s);
  p.output = dense_floats(call, call.out(0), "output", {s.steps, s.batch, s.units});
  if (keeps_gates)
    p.gates = dense_floats(call, call.out(1), "gates", {s.steps, s.batch, 4 * s.units});
  s.packed = s.steps * s.batch >= kRowsWorthPacking;
  plan_sequence(s, plan, padded_columns(3 * s.units) * s.units, gru_row_floats(s.units),
                product_flops(s), 3 * state_elements(s));
  return p;
}

GruBackwardParams make_gru_backward(const Call& call, Plan& plan) {
  if (call.param_count() != 1) call.expect_counts(5, 4, 1);
  const int reset = static_cast<int>(call.integer_param(0, "reset", 0, 1));
  call.expect_counts(5 + reset, 4, 1);
  GruBackwardParams p{};
  p.s = make_sequence(call, call.in(0), call.in(3), 1);
  Sequence& s = p.s;
  p.dy = dense_floats(call, call.in(0), "dy", {s.steps, s.batch, s.units});
  p.output = dense_floats(call, call.in(1), "output", {s.steps, s.batch, s.units});
  p.gates = dense_floats(call, call.in(2), "gates", {s.steps, s.batch, 4 * s.units});
  p.h0 = dense_floats(call, call.in(3), "h0", {s.batch, s.units});
  p.weight = dense_floats(call, call.in(4), "weight", {3 * s.units, s.units});
  if (reset == 1) set_reset(call, call.in(5), s);
  p.dprojected = dense_floats(call, call.out(0), "dprojected", {s.steps, s.batch, 3 * s.units});
  p.dgates = dense_floats(call, call.out(1), "dgates", {s.steps, s.batch, 3 * s.units});
  p.previous = dense_floats(call, call.out(2), "previous", {s.steps, s.batch, s.units});
  p.dh0 = dense_floats(call, call.out(3), "dh0", {s.batch, s.units});
  s.packed = s.steps * s.batch >= kRowsWorthPacking;
  // The gradient of the state is carried in dh0, so there is no scratch but the weights.
  plan_sequence(s, plan, padded_columns(s.units) * 3 * s.units, 0, product_flops(s),
                3 * state_elements(s));
  return p;
}

}  // namespace carom
