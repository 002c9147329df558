#include "ops/recurrence.h"

namespace carom {

Sequence make_sequence(const Call& call, const TensorView& projected, const TensorView& state,
                       std::int64_t gates) {
  call.expect_rank(projected, "projected", 3);
  call.expect_rank(state, "state", 2);
  Sequence s{};
  s.steps = projected.shape[0];
  s.batch = state.shape[0];
  s.units = state.shape[1];
  call.expect_shape(projected, "projected", {s.steps, s.batch, gates * s.units});
  return s;
}

void set_reset(const Call& call, const TensorView& reset, Sequence& sequence) {
  call.expect_dtype(reset, "reset", DType::boolean);
  call.expect_shape(reset, "reset", {sequence.steps, sequence.batch});
  call.expect_contiguous(reset, "reset");
  sequence.reset = reset.as<const std::uint8_t>();
}

float* dense_floats(const Call& call, const TensorView& view, const char* name,
                    std::initializer_list<std::int64_t> shape) {
  call.expect_dtype(view, name, DType::float32);
  call.expect_shape(view, name, shape);
  call.expect_contiguous(view, name);
  return view.as<float>();
}

void plan_sequence(const Sequence& sequence, Plan& plan, std::int64_t packed_floats,
                   std::int64_t row_floats, double flops, double elements) {
  const std::int64_t packed = sequence.packed ? packed_floats : 0;
  const std::int64_t rows = sequence.batch * row_floats;
  plan.scratch_bytes = static_cast<std::size_t>(packed + rows) * sizeof(float);
  if (sequence.packed) {
    PhaseUse pack;
    pack.writes = kScratch;
    plan.phase(static_cast<double>(packed_floats) * 0.1, pack);
  }
  PhaseUse steps;
  steps.reads = kAllInputs | kScratch;
  steps.writes = kAllOutputs | kScratch;
  plan.phase(flops * cost::kFlop + elements * 2 * cost::kMathElement, steps);
  plan.flops = flops;
}

}  // namespace carom
