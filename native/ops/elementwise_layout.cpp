#include "ops/elementwise_layout.h"

#include <cstdlib>
#include <utility>

namespace carom {
namespace {

/// Stride of `view` along dimension d of `out`, right-aligned; 0 where it broadcasts.
std::int64_t broadcast_stride(const Call& call, const TensorView& view, const TensorView& out,
                              int d) {
  const int own = d - (out.rank - view.rank);
  if (own < 0) return 0;
  if (view.shape[own] == out.shape[d]) return view.shape[own] == 1 ? 0 : view.strides[own];
  if (view.shape[own] == 1) return 0;
  call.fail(ErrorCode::shape_mismatch, "an input does not broadcast to the output (got ",
            view.shape_text(), ", expected ", out.shape_text(), ")");
}

}  // namespace

void fill_layout(const Call& call, int count, const TensorView* const* views, int& rank,
                 std::int64_t& size, std::byte** data, std::int64_t* shape,
                 std::int64_t (*strides)[kMaxRank]) {
  const TensorView& out = *views[0];
  rank = 0;
  size = out.size;
  for (int i = 0; i < count; ++i) {
    data[i] = views[i]->data;
    if (views[i]->rank > out.rank) {
      call.fail(ErrorCode::shape_mismatch, "an input has more dimensions than the output (got ",
                views[i]->shape_text(), ", expected ", out.shape_text(), ")");
    }
  }
  for (int d = 0; d < out.rank; ++d) {
    std::int64_t step[kMaxInputs + 1];
    for (int i = 0; i < count; ++i) step[i] = broadcast_stride(call, *views[i], out, d);
    if (out.shape[d] == 1) continue;
    // Insert so that output strides fall from the outermost to the innermost dimension.
    int at = rank++;
    for (; at > 0 && std::abs(strides[0][at - 1]) < std::abs(step[0]); --at) {
      shape[at] = shape[at - 1];
      for (int i = 0; i < count; ++i) strides[i][at] = strides[i][at - 1];
    }
    shape[at] = out.shape[d];
    for (int i = 0; i < count; ++i) strides[i][at] = step[i];
  }
  int kept = 0;
  for (int d = 1; d < rank; ++d) {
    bool merges = true;
    for (int i = 0; i < count; ++i) {
      merges = merges && strides[i][kept] == strides[i][d] * shape[d];
    }
    if (merges) {
      shape[kept] *= shape[d];
    } else {
      shape[++kept] = shape[d];
    }
    for (int i = 0; i < count; ++i) strides[i][kept] = strides[i][d];
  }
  if (rank == 0) {
    shape[0] = 1;
    for (int i = 0; i < count; ++i) strides[i][0] = 1;
  }
  rank = rank == 0 ? 1 : kept + 1;
}

}  // namespace carom
