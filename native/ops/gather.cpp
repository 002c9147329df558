#include "ops/gather.h"

namespace carom {
namespace {

void check_shapes(const Call& call, const TensorView& table, const TensorView& list, int axis) {
  const TensorView& index = call.in(1);
  bool fits = index.rank == table.rank && same_shape(index, list);
  for (int d = 0; fits && d < index.rank; ++d) {
    fits = d == axis || index.shape[d] <= table.shape[d];
  }
  if (fits) return;
  call.fail(ErrorCode::shape_mismatch, "shapes do not fit (got ", table.shape_text(), ", index ",
            index.shape_text(), ", values ", list.shape_text(),
            ", expected index like the values and no larger elsewhere than along axis ", axis, ")");
}

GatherParams make(const Call& call, const TensorView& table, const TensorView& list) {
  const TensorView& index = call.in(1);
  call.expect_dtype(index, "index", DType::int32);
  call.expect_dtype(call.out(0), "output", call.in(0).dtype);
  if (table.rank == 0) call.fail(ErrorCode::shape_mismatch, "needs a dimension (got [])");
  const int axis = static_cast<int>(call.integer_param(0, "axis", 0, table.rank - 1));
  check_shapes(call, table, list, axis);
  GatherParams p{};
  p.dtype = table.dtype;
  p.table = table.data;
  p.list = list.data;
  p.index = index.as<const std::int32_t>();
  p.table_size = table.shape[axis];
  p.count = index.shape[axis];
  p.table_step = table.strides[axis];
  p.list_step = list.strides[axis];
  p.index_step = index.strides[axis];
  p.lines = p.count == 0 ? 0 : index.size / p.count;
  std::int64_t position = index.size;
  for (int d = 0; d < index.rank; ++d) {
    position = index.shape[d] == 0 ? 0 : position / index.shape[d];
    if (d == axis) {
      p.position_step = position;
      continue;
    }
    const int at = p.rank++;
    p.shape[at] = index.shape[d];
    p.table_strides[at] = table.strides[d];
    p.list_strides[at] = list.strides[d];
    p.index_strides[at] = index.strides[d];
    p.position_strides[at] = position;
  }
  if (p.rank == 0) p.shape[p.rank++] = 1;
  return p;
}

}  // namespace

GatherParams make_gather(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 1);
  const GatherParams p = make(call, call.in(0), call.out(0));
  plan.phase(static_cast<double>(call.in(1).size) * cost::kStridedElement);
  return p;
}

GatherParams make_scatter_add(const Call& call, Plan& plan) {
  call.expect_counts(2, 1, 1);
  const TensorView& out = call.out(0);
  if (out.dtype != DType::float64 && out.dtype != DType::int32) {
    call.expect_dtype(out, "output", DType::float32);
  }
  call.expect_contiguous(out, "output");
  const GatherParams p = make(call, out, call.in(0));
  plan.phase(static_cast<double>(call.in(1).size) * 2 * cost::kStridedElement);
  plan.flops = static_cast<double>(call.in(1).size);
  return p;
}

}  // namespace carom
