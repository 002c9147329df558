#include "ops/triangle.h"

namespace carom {

TriangleParams make_triangle(const Call& call, Plan& plan) {
  call.expect_counts(1, 1, 2);
  const TensorView& x = call.in(0);
  const TensorView& out = call.out(0);
  call.expect_rank(x, "input", 3);
  call.expect_dtype(out, "output", x.dtype);
  call.expect_same_shape(out, "output", x);
  call.expect_contiguous(out, "output");
  TriangleParams p{};
  p.x = x.data;
  p.out = out.data;
  p.item = static_cast<std::int64_t>(dtype_size(x.dtype));
  p.batch = x.shape[0];
  p.rows = x.shape[1];
  p.columns = x.shape[2];
  p.x_batch = x.strides[0];
  p.x_row = x.strides[1];
  p.x_col = x.strides[2];
  p.upper = call.integer_param(0, "upper", 0, 1) != 0;
  p.diagonal = call.integer_param(1, "diagonal", -2147483648LL, 2147483647LL);
  plan.phase(static_cast<double>(x.size) * (p.x_col == 1 ? cost::kElement : cost::kStridedElement));
  return p;
}

}  // namespace carom
