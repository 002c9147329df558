// ElementwiseLayout: the loop nest that elementwise ops share. Operand 0 is the output; the others
// are broadcast to its shape. Dimensions are ordered by the output's strides and merged where all
// operands allow it, so most calls become one loop.
#pragma once

#include <cstdint>

#include "ops/call.h"

namespace carom {

template <int N>
struct ElementwiseLayout {
  int rank;           // at least 1; the last dimension is the innermost
  std::int64_t size;  // elements of the output
  std::byte* data[N];
  std::int64_t shape[kMaxRank];
  std::int64_t strides[N][kMaxRank];
};

/// Fills rank, size, data, shape, strides of a layout with `count` operands. Throws SHAPE_MISMATCH
/// when an operand does not broadcast to the shape of views[0].
void fill_layout(const Call& call, int count, const TensorView* const* views, int& rank,
                 std::int64_t& size, std::byte** data, std::int64_t* shape,
                 std::int64_t (*strides)[kMaxRank]);

template <int N>
void fill_layout(const Call& call, const TensorView* const (&views)[N],
                 ElementwiseLayout<N>& layout) {
  fill_layout(call, N, views, layout.rank, layout.size, layout.data, layout.shape, layout.strides);
}

/// Whether the innermost loop of every operand has stride 0 or 1.
template <int N>
bool dense_inner(const ElementwiseLayout<N>& layout) {
  for (int i = 0; i < N; ++i) {
    const std::int64_t stride = layout.strides[i][layout.rank - 1];
    if (stride != 0 && stride != 1) return false;
  }
  return true;
}

}  // namespace carom
