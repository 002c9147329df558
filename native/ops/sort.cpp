#include "ops/sort.h"

#include <algorithm>
#include <cmath>

namespace carom {
namespace {

constexpr std::int64_t kMaxRow = std::int64_t{1} << 30;
constexpr std::int64_t kMaxSlots = 64;
/// Scratch memory beyond that of one row.
constexpr std::int64_t kSpareBytes = std::int64_t{1} << 26;

}  // namespace

SortParams make_sort(const Call& call, Plan& plan) {
  call.expect_counts(1, 1, 1);
  const TensorView& in = call.in(0);
  const TensorView& out = call.out(0);
  if (in.dtype == DType::boolean) call.fail(ErrorCode::dtype_mismatch, "cannot take bool");
  call.expect_dtype(out, "output", DType::int32);
  call.expect_contiguous(in, "input");
  call.expect_contiguous(out, "output");
  if (in.rank == 0) call.fail(ErrorCode::shape_mismatch, "needs at least one dimension (got [])");
  const int last = in.rank - 1;
  SortParams params{in.dtype, in.data, out.as<std::int32_t>(), 1, in.shape[last], 0, false, 1};
  bool fits = out.rank == in.rank;
  for (int d = 0; d < last; ++d) {
    fits = fits && out.shape[d] == in.shape[d];
    params.rows *= in.shape[d];
  }
  if (!fits || out.shape[last] > params.n || params.n > kMaxRow) {
    call.fail(ErrorCode::shape_mismatch, "output has the wrong shape (got ", out.shape_text(),
              " for ", in.shape_text(), ")");
  }
  params.k = out.shape[last];
  params.descending = call.param(0) != 0;
  const std::int64_t slot = 2 * params.n * (in.dtype == DType::float64 ? 16 : 8);
  if (out.size > 0) {
    const std::int64_t most = std::min(params.rows, kMaxSlots);
    params.slots = static_cast<int>(std::clamp(kSpareBytes / slot, std::int64_t{1}, most));
    plan.scratch_bytes = static_cast<std::size_t>(slot * params.slots);
  }
  plan.phase(static_cast<double>(in.size) * 10 * cost::kStridedElement);
  plan.flops = static_cast<double>(in.size);
  return params;
}

}  // namespace carom
