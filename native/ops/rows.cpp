#include "ops/rows.h"

namespace carom {

void measure_rows(const Call& call, const TensorView& view, const char* name, std::int64_t& count,
                  std::int64_t& columns, std::int64_t& stride) {
  if (view.rank == 0)
    call.fail(ErrorCode::shape_mismatch, name, " needs at least one dimension (got [])");
  call.expect_dense_rows(view, name);
  columns = view.shape[view.rank - 1];
  count = 1;
  stride = columns;
  // From the innermost leading dimension outwards: each must continue the one before.
  for (int d = view.rank - 2; d >= 0; --d) {
    const std::int64_t extent = view.shape[d];
    if (extent == 1) continue;
    if (count == 1) {
      stride = view.strides[d];
    } else if (view.strides[d] != stride * count && view.size > 0) {
      call.fail(ErrorCode::invalid_argument, name, " must have evenly spaced rows (view ",
                view.shape_text(), ")");
    }
    count *= extent;
  }
}

}  // namespace carom
