#include "ops/softmax.h"

namespace carom {
namespace {

/// Whether a view is [P, Q, A] or [Q, A] with dense Q and strided A.
bool lies_across(const TensorView& view) {
  if (view.rank < 2 || view.rank > 3 || view.contiguous_from(view.rank - 1)) return false;
  return view.shape[view.rank - 2] <= 1 || view.strides[view.rank - 2] == 1;
}

template <class T>
Across<T> across_of(const TensorView& view) {
  return {view.as<T>(), view.rank == 3 ? view.strides[0] : 0, view.strides[view.rank - 1]};
}

void check(const Call& call, const TensorView& view, const char* name) {
  call.expect_dtype(view, name, DType::float32);
  call.expect_same_shape(view, name, call.out(0));
}

SoftmaxParams make(const Call& call, Plan& plan, bool log, bool backward) {
  SoftmaxParams p{};
  const TensorView& out = call.out(0);
  check(call, out, "output");
  check(call, call.in(0), "input");
  if (backward) check(call, call.in(1), "y");
  p.log = log;
  p.across = lies_across(out) && lies_across(call.in(0)) && (!backward || lies_across(call.in(1)));
  if (p.across) {
    p.outer = out.rank == 3 ? out.shape[0] : 1;
    p.inner = out.shape[out.rank - 2];
    p.columns = out.shape[out.rank - 1];
    p.in_across = across_of<const float>(call.in(0));
    if (backward) p.y_across = across_of<const float>(call.in(1));
    p.out_across = across_of<float>(out);
  } else {
    p.in = rows_of<const float>(call, call.in(0), "input");
    if (backward) p.y = rows_of<const float>(call, call.in(1), "y");
    p.out = rows_of<float>(call, out, "output");
  }
  plan.phase(static_cast<double>(out.size) * 2 * cost::kMathElement);
  plan.flops = static_cast<double>(out.size) * 5;
  return p;
}

}  // namespace

SoftmaxParams make_softmax(const Call& call, Plan& plan, bool log) {
  call.expect_counts(1, 1, 0);
  return make(call, plan, log, false);
}

SoftmaxParams make_softmax_backward(const Call& call, Plan& plan, bool log) {
  call.expect_counts(2, 1, 0);
  return make(call, plan, log, true);
}

}  // namespace carom
