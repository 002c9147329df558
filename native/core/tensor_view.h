// TensorView: a strided window into a storage, already checked to lie inside it.
// It owns nothing. Strides count elements; 0 broadcasts, a negative one walks backwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/dtype.h"

namespace carom {

inline constexpr int kMaxRank = 8;

struct TensorView {
  std::byte* data;  // the element at index [0, ..., 0]
  DType dtype;
  int rank;
  std::int64_t size;  // number of elements; 0 when any extent is 0
  std::int64_t shape[kMaxRank];
  std::int64_t strides[kMaxRank];
  const std::byte* begin;  // the lowest byte the view reaches
  const std::byte* end;    // one past the highest

  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data);
  }
  /// Row-major without gaps, so that it is one run of `size` elements.
  bool contiguous() const;
  /// The same, looking only at the dimensions from `first` on.
  bool contiguous_from(int first) const;
  /// "[2,3]"
  std::string shape_text() const;
};

/// True when both have the same extents.
bool same_shape(const TensorView& a, const TensorView& b);

/// "[2,3]" for any list of extents.
std::string shape_text(const std::int64_t* shape, int rank);

}  // namespace carom
