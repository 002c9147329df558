#include "ops/softmax.h"

namespace carom {
namespace {

Rows<const float> input_rows(const Call& call, int i, const char* name) {
  call.expect_dtype(call.in(i), name, DType::float32);
  call.expect_same_shape(call.in(i), name, call.out(0));
  return rows_of<const float>(call, call.in(i), name);
}

SoftmaxParams make(const Call& call, Plan& plan, bool log) {
  SoftmaxParams params{};
  call.expect_dtype(call.out(0), "output", DType::float32);
  params.in = input_rows(call, 0, "input");
  params.out = rows_of<float>(call, call.out(0), "output");
  params.log = log;
  plan.phase(static_cast<double>(call.out(0).size) * 2 * cost::kMathElement);
  plan.flops = static_cast<double>(call.out(0).size) * 5;
  return params;
}

}  // namespace

SoftmaxParams make_softmax(const Call& call, Plan& plan, bool log) {
  call.expect_counts(1, 1, 0);
  return make(call, plan, log);
}

SoftmaxParams make_softmax_backward(const Call& call, Plan& plan, bool log) {
  call.expect_counts(2, 1, 0);
  SoftmaxParams params = make(call, plan, log);
  params.y = input_rows(call, 1, "y");
  return params;
}

}  // namespace carom
