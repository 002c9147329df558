#include "ops/ppo_loss.h"

namespace carom {
namespace {

void check_types(const Call& call) {
  for (int i = 0; i < call.input_count(); ++i) {
    if (i == 2) call.expect_dtype(call.in(i), "action", DType::int32);
    else call.expect_dtype(call.in(i), "an input", DType::float32);
  }
  for (int i = 0; i < call.output_count(); ++i) {
    call.expect_dtype(call.out(i), "an output", DType::float32);
  }
  call.expect_rank(call.in(0), "logits", 2);
  call.expect_shape(call.in(7), "coef", {8});
  call.expect_contiguous(call.in(7), "coef");
  call.expect_shape(call.out(0), "stats", {8});
  call.expect_contiguous(call.out(0), "stats");
  call.expect_same_shape(call.out(1), "dlogits", call.in(0));
}

}  // namespace

PpoLossParams make_ppo_loss(const Call& call, Plan& plan) {
  call.expect_counts(8, 3, 0);
  check_types(call);
  const TensorView& logits = call.in(0);
  const std::int64_t batch = logits.shape[0];
  if (batch == 0 || logits.shape[1] == 0) {
    call.fail(ErrorCode::shape_mismatch, "the batch is empty (got logits ", logits.shape_text(),
              ")");
  }
  PpoLossParams p{};
  p.logits = rows_of<const float>(call, logits, "logits");
  p.value = strided_of<const float>(call, call.in(1), "value", batch);
  p.action = strided_of<const std::int32_t>(call, call.in(2), "action", batch);
  p.old_log_prob = strided_of<const float>(call, call.in(3), "oldLogProb", batch);
  p.advantage = strided_of<const float>(call, call.in(4), "advantage", batch);
  p.returns = strided_of<const float>(call, call.in(5), "returns", batch);
  p.old_value = strided_of<const float>(call, call.in(6), "oldValue", batch);
  p.coef = call.in(7).as<const float>();
  p.stats = call.out(0).as<float>();
  p.dlogits = rows_of<float>(call, call.out(1), "dlogits");
  p.dvalue = strided_of<float>(call, call.out(2), "dvalue", batch);
  const std::int64_t blocks = (batch + Team::kRowBlock - 1) / Team::kRowBlock;
  plan.scratch_bytes = static_cast<std::size_t>((blocks + 1) * kPpoBlock) * sizeof(float);
  const double rows = static_cast<double>(batch);
  plan.phase(rows * 0.2, {input_bit(4), kScratch});
  PhaseUse main;
  main.reads = kAllInputs | kScratch;
  main.writes = output_bit(1) | output_bit(2) | kScratch;
  main.by_rows = (kAllInputs & ~input_bit(7)) | output_bit(1) | output_bit(2);
  main.row_count = batch;
  plan.phase(rows * (5 + 3 * static_cast<double>(logits.shape[1])), main);
  plan.phase(static_cast<double>(blocks) * 2, {input_bit(7) | kScratch, output_bit(0)});
  plan.flops = static_cast<double>(logits.size) * 30;
  return p;
}

}  // namespace carom
