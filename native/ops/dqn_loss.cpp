#include "ops/dqn_loss.h"

#include <limits>

namespace carom {
namespace {

void check_types(const Call& call) {
  for (int i = 0; i < call.input_count(); ++i) {
    if (i == 1) call.expect_dtype(call.in(i), "action", DType::int32);
    else call.expect_dtype(call.in(i), "an input", DType::float32);
  }
  for (int i = 0; i < 3; ++i) call.expect_dtype(call.out(i), "an output", DType::float32);
  call.expect_rank(call.in(0), "q", 2);
  call.expect_shape(call.out(0), "loss", {});
  call.expect_same_shape(call.out(2), "dq", call.in(0));
  if (call.in(0).size > 0) return;
  call.fail(ErrorCode::shape_mismatch, "the batch is empty (got q ", call.in(0).shape_text(), ")");
}

}  // namespace

DqnLossParams make_dqn_loss(const Call& call, Plan& plan) {
  const bool weighted = call.input_count() == 4;
  call.expect_counts(weighted ? 4 : 3, 3, 1);
  check_types(call);
  const TensorView& q = call.in(0);
  const std::int64_t batch = q.shape[0];
  DqnLossParams p{};
  p.q = rows_of<const float>(call, q, "q");
  p.action = strided_of<const std::int32_t>(call, call.in(1), "action", batch);
  p.target = strided_of<const float>(call, call.in(2), "target", batch);
  if (weighted) p.weight = strided_of<const float>(call, call.in(3), "weight", batch);
  p.loss = call.out(0).as<float>();
  p.td_error = strided_of<float>(call, call.out(1), "tdError", batch);
  p.dq = rows_of<float>(call, call.out(2), "dq");
  const double delta = call.param(0);
  if (!(delta >= 0)) {
    call.fail(ErrorCode::invalid_argument, "bad delta (got ", delta, ", expected 0 or more)");
  }
  p.delta = delta == 0 ? std::numeric_limits<float>::infinity() : static_cast<float>(delta);
  const std::int64_t blocks = (batch + Team::kRowBlock - 1) / Team::kRowBlock;
  plan.scratch_bytes = static_cast<std::size_t>(blocks) * sizeof(float);
  PhaseUse main;
  main.writes = output_bit(1) | output_bit(2) | kScratch;
  main.by_rows = kAllInputs | output_bit(1) | output_bit(2);
  main.row_count = batch;
  plan.phase(static_cast<double>(batch) * (4 + 0.5 * static_cast<double>(q.shape[1])), main);
  plan.phase(static_cast<double>(blocks) * 2, {kScratch, output_bit(0)});
  plan.flops = static_cast<double>(batch) * 8;
  return p;
}

}  // namespace carom
