#include "ops/store_row.h"

namespace carom {

StoreRowParams make_store_row(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 0);
  const TensorView& src = call.in(0);
  const TensorView& out = call.out(0);
  call.expect_dtype(call.in(1), "counter", DType::int32);
  call.expect_shape(call.in(1), "counter", {1});
  call.expect_dtype(out, "output", src.dtype);
  if (out.rank < 1 || out.shape[0] == 0) {
    call.fail(ErrorCode::shape_mismatch, "output has no rows (got ", out.shape_text(), ")");
  }
  TensorView row = out;
  row.rank = out.rank - 1;
  row.size = out.size / out.shape[0];
  for (int d = 0; d < row.rank; ++d) {
    row.shape[d] = out.shape[d + 1];
    row.strides[d] = out.strides[d + 1];
  }
  call.expect_same_shape(src, "source", row);
  StoreRowParams params{};
  const TensorView* views[] = {&row, &src};
  fill_layout(call, views, params.layout);
  params.counter = call.in(1).as<const std::int32_t>();
  params.rows = out.shape[0];
  params.item = static_cast<std::int64_t>(dtype_size(src.dtype));
  params.row_stride = out.strides[0] * params.item;
  plan.phase(static_cast<double>(src.size) * cost::kElement);
  return params;
}

}  // namespace carom
