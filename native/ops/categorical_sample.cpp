#include "ops/categorical_sample.h"

namespace carom {

CategoricalSampleParams make_categorical_sample(const Call& call, Plan& plan) {
  call.expect_counts(2, 2, 1);
  const TensorView& logits = call.in(0);
  call.expect_dtype(logits, "logits", DType::float32);
  call.expect_rank(logits, "logits", 2);
  call.expect_dtype(call.out(0), "action", DType::int32);
  call.expect_dtype(call.out(1), "logProb", DType::float32);
  if (logits.shape[1] == 0 && logits.shape[0] > 0) {
    call.fail(ErrorCode::shape_mismatch, "there are no actions (got logits ", logits.shape_text(),
              ")");
  }
  CategoricalSampleParams params{};
  params.logits = rows_of<const float>(call, logits, "logits");
  params.state = random_state(call, 1);
  params.action = strided_of<std::int32_t>(call, call.out(0), "action", logits.shape[0]);
  params.log_prob = strided_of<float>(call, call.out(1), "logProb", logits.shape[0]);
  params.greedy = call.integer_param(0, "greedy", 0, 1) != 0;
  PhaseUse use;
  use.by_rows = input_bit(0);
  use.row_count = logits.shape[0];
  plan.phase(static_cast<double>(logits.shape[0]) * 4 + static_cast<double>(logits.size) * 2, use);
  plan.phase(10, {0, input_bit(1)});
  plan.flops = static_cast<double>(logits.size) * 10;
  return params;
}

}  // namespace carom
