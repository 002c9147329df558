#include "ops/min_gru.h"

namespace carom {
namespace {

constexpr std::int64_t kFewLanes = 1024;
constexpr std::int64_t kManySteps = 256;
constexpr std::int64_t kChunk = 64;

Sequence make_scan(const Call& call, const TensorView& gate, const TensorView& h0) {
  Sequence s = make_sequence(call, gate, h0, 1);
  s.packed = false;
  return s;
}

template <class T>
Rows<T> sequence_rows(const Call& call, const TensorView& view, const char* name,
                      const Sequence& s) {
  call.expect_dtype(view, name, DType::float32);
  call.expect_shape(view, name, {s.steps, s.batch, s.units});
  return rows_of<T>(call, view, name);
}

std::int64_t chunk_of(const Sequence& s) {
  const bool cut = s.batch * s.units < kFewLanes && s.steps >= kManySteps;
  return cut ? kChunk : s.steps;
}

/// One phase, or three for chunks: local scans, states between chunks, adding them in.
void plan_scan(const Sequence& s, std::int64_t chunk, Plan& plan, double nanoseconds,
               std::int64_t scratch_steps) {
  const double lanes = static_cast<double>(s.batch * s.units);
  const double elements = static_cast<double>(s.steps) * lanes;
  plan.flops = elements * 30;
  PhaseUse use;
  use.reads = kAllInputs | kScratch;
  use.writes = kAllOutputs | kScratch;
  plan.phase(elements * nanoseconds, use);
  if (chunk == s.steps) return;
  const std::int64_t chunks = (s.steps + chunk - 1) / chunk;
  plan.scratch_bytes = static_cast<std::size_t>((scratch_steps + chunks + 1) * s.batch * s.units) *
                       sizeof(float);
  plan.phase(static_cast<double>(chunks) * lanes * cost::kForeignElement, use);
  plan.phase(elements * nanoseconds, use);
}

}  // namespace

MinGruParams make_min_gru(const Call& call, Plan& plan) {
  if (call.param_count() != 1) call.expect_counts(3, 1, 1);
  const int reset = static_cast<int>(call.integer_param(0, "reset", 0, 1));
  call.expect_counts(3 + reset, 1, 1);
  MinGruParams p{};
  p.s = make_scan(call, call.in(0), call.in(2));
  p.gate = sequence_rows<const float>(call, call.in(0), "gate", p.s);
  p.candidate = sequence_rows<const float>(call, call.in(1), "candidate", p.s);
  p.h0 = dense_floats(call, call.in(2), "h0", {p.s.batch, p.s.units});
  if (reset == 1) set_reset(call, call.in(3), p.s);
  p.output = dense_floats(call, call.out(0), "output", {p.s.steps, p.s.batch, p.s.units});
  p.chunk = chunk_of(p.s);
  plan_scan(p.s, p.chunk, plan, 2 * cost::kMathElement, p.s.steps);
  return p;
}

MinGruBackwardParams make_min_gru_backward(const Call& call, Plan& plan) {
  if (call.param_count() != 1) call.expect_counts(5, 3, 1);
  const int reset = static_cast<int>(call.integer_param(0, "reset", 0, 1));
  call.expect_counts(5 + reset, 3, 1);
  MinGruBackwardParams p{};
  p.s = make_scan(call, call.in(1), call.in(4));
  const Sequence& s = p.s;
  p.dy = dense_floats(call, call.in(0), "dy", {s.steps, s.batch, s.units});
  p.gate = sequence_rows<const float>(call, call.in(1), "gate", s);
  p.candidate = sequence_rows<const float>(call, call.in(2), "candidate", s);
  p.output = dense_floats(call, call.in(3), "output", {s.steps, s.batch, s.units});
  p.h0 = dense_floats(call, call.in(4), "h0", {s.batch, s.units});
  if (reset == 1) set_reset(call, call.in(5), p.s);
  p.dgate = sequence_rows<float>(call, call.out(0), "dgate", s);
  p.dcandidate = sequence_rows<float>(call, call.out(1), "dcandidate", s);
  p.dh0 = dense_floats(call, call.out(2), "dh0", {s.batch, s.units});
  p.chunk = chunk_of(s);
  plan_scan(s, p.chunk, plan, 3 * cost::kMathElement, 0);
  return p;
}

}  // namespace carom
