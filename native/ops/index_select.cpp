#include "ops/index_select.h"

#include <cstring>

namespace carom {

IndexSelectParams make_index_select(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 0);
  const TensorView& x = call.in(0);
  const TensorView& index = call.in(1);
  const TensorView& out = call.out(0);
  call.expect_dtype(index, "index", DType::int32);
  call.expect_rank(index, "index", 1);
  call.expect_dtype(out, "output", x.dtype);
  const std::int64_t rest = static_cast<std::int64_t>(sizeof(std::int64_t)) * (x.rank - 1);
  if (x.rank < 1 || out.rank != x.rank || out.shape[0] != index.shape[0] ||
      std::memcmp(out.shape + 1, x.shape + 1, static_cast<std::size_t>(rest)) != 0) {
    call.fail(ErrorCode::shape_mismatch, "shapes do not fit (got x ", x.shape_text(), ", index ",
              index.shape_text(), ", output ", out.shape_text(),
              ", expected [N,...], [M], [M,...])");
  }
  if (!x.contiguous_from(1) || !out.contiguous_from(1)) {
    call.fail(ErrorCode::invalid_argument, "rows must be dense (x ", x.shape_text(), ")");
  }
  const auto item = static_cast<std::int64_t>(dtype_size(x.dtype));
  IndexSelectParams params{};
  params.x = x.data;
  params.x_stride = x.strides[0] * item;
  params.x_rows = x.shape[0];
  params.index = {index.as<const std::int32_t>(), index.strides[0]};
  params.count = index.shape[0];
  params.out = out.data;
  params.out_stride = out.strides[0] * item;
  params.row_bytes = params.count == 0 ? 0 : out.size / params.count * item;
  PhaseUse use;
  use.by_rows = output_bit(0);
  use.row_count = params.count;
  plan.phase(
      static_cast<double>(params.count) * (5.0 + 0.06 * static_cast<double>(params.row_bytes)),
      use);
  return params;
}

}  // namespace carom
