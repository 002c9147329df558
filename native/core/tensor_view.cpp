#include "core/tensor_view.h"

namespace carom {

bool TensorView::contiguous_from(int first) const {
  std::int64_t expected = 1;
  for (int d = rank - 1; d >= first; --d) {
    if (shape[d] != 1 && strides[d] != expected) return size == 0;
    expected *= shape[d];
  }
  return true;
}

bool TensorView::contiguous() const { return contiguous_from(0); }

std::string TensorView::shape_text() const { return carom::shape_text(shape, rank); }

bool same_shape(const TensorView& a, const TensorView& b) {
  if (a.rank != b.rank) return false;
  for (int d = 0; d < a.rank; ++d) {
    if (a.shape[d] != b.shape[d]) return false;
  }
  return true;
}

std::string shape_text(const std::int64_t* shape, int rank) {
  std::string out = "[";
  for (int d = 0; d < rank; ++d) {
    if (d > 0) out += ",";
    out += std::to_string(shape[d]);
  }
  return out + "]";
}

}  // namespace carom
