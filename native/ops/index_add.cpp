#include "ops/index_add.h"

#include <cstring>

namespace carom {

IndexAddParams make_index_add(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 0);
  const TensorView& src = call.in(0);
  const TensorView& index = call.in(1);
  const TensorView& out = call.out(0);
  call.expect_dtype(src, "source", DType::float32);
  call.expect_dtype(index, "index", DType::int32);
  call.expect_dtype(out, "output", DType::float32);
  call.expect_rank(index, "index", 1);
  const std::int64_t rest = static_cast<std::int64_t>(sizeof(std::int64_t)) * (src.rank - 1);
  if (src.rank < 1 || out.rank != src.rank || src.shape[0] != index.shape[0] ||
      std::memcmp(out.shape + 1, src.shape + 1, static_cast<std::size_t>(rest)) != 0) {
    call.fail(ErrorCode::shape_mismatch, "shapes do not fit (got source ", src.shape_text(),
              ", index ", index.shape_text(), ", output ", out.shape_text(),
              ", expected [M,...], [M], [N,...])");
  }
  if (!src.contiguous_from(1) || !out.contiguous_from(1)) {
    call.fail(ErrorCode::invalid_argument, "rows must be dense (source ", src.shape_text(), ")");
  }
  IndexAddParams params{};
  params.src = src.as<const float>();
  params.src_stride = src.strides[0];
  params.index = {index.as<const std::int32_t>(), index.strides[0]};
  params.count = index.shape[0];
  params.out = out.as<float>();
  params.out_stride = out.strides[0];
  params.out_rows = out.shape[0];
  params.row_size = params.count == 0 ? 0 : src.size / params.count;
  plan.phase(static_cast<double>(src.size) * 2 * cost::kElement +
             3.0 * static_cast<double>(params.count));
  plan.flops = static_cast<double>(src.size);
  return params;
}

}  // namespace carom
