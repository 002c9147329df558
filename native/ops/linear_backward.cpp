#include "ops/linear_backward.h"

namespace carom {

LinearBackwardParams make_linear_backward(const Call& call, Plan& plan) {
  call.expect_counts(2, 2, 1);
  const TensorView& dy = call.in(0);
  for (const TensorView* view : {&dy, &call.in(1), &call.out(0), &call.out(1)}) {
    call.expect_dtype(*view, "an operand", DType::float32);
  }
  call.expect_rank(dy, "dy", 2);
  call.expect_same_shape(call.in(1), "y", dy);
  call.expect_same_shape(call.out(0), "dz", dy);
  call.expect_shape(call.out(1), "dbias", {dy.shape[1]});
  call.expect_contiguous(call.out(1), "dbias");
  LinearBackwardParams params{};
  params.dy = rows_of<const float>(call, dy, "dy");
  params.y = rows_of<const float>(call, call.in(1), "y");
  params.dz = rows_of<float>(call, call.out(0), "dz");
  params.dbias = call.out(1).as<float>();
  params.activation = static_cast<Activation>(call.integer_param(0, "activation", 0, 2));
  const std::int64_t blocks = (dy.shape[0] + Team::kRowBlock - 1) / Team::kRowBlock;
  plan.scratch_bytes = static_cast<std::size_t>(blocks * dy.shape[1]) * sizeof(float);
  PhaseUse main;
  main.writes = output_bit(0) | kScratch;
  main.by_rows = kAllInputs | output_bit(0);
  main.row_count = dy.shape[0];
  plan.phase(static_cast<double>(dy.size) * 2 * cost::kElement, main);
  plan.phase(static_cast<double>(blocks * dy.shape[1]) * cost::kForeignElement,
             {kScratch, output_bit(1)});
  plan.flops = static_cast<double>(dy.size) * 3;
  return params;
}

}  // namespace carom
