// Rows: a view seen as `count` rows of `columns` dense elements, evenly spaced. Ops along the last
// dimension work on these.
#pragma once

#include <cstdint>

#include "core/team.h"
#include "ops/call.h"

namespace carom {

template <class T>
struct Rows {
  T* data;
  std::int64_t count;
  std::int64_t columns;
  std::int64_t stride;  // elements from one row to the next

  CAROM_INLINE T* operator[](std::int64_t row) const { return data + row * stride; }
};

/// Number of rows and their distance; throws INVALID_ARGUMENT when the last dimension is not dense
/// or the rows are not evenly spaced, SHAPE_MISMATCH for a scalar.
void measure_rows(const Call& call, const TensorView& view, const char* name, std::int64_t& count,
                  std::int64_t& columns, std::int64_t& stride);

template <class T>
Rows<T> rows_of(const Call& call, const TensorView& view, const char* name) {
  Rows<T> rows{};
  rows.data = view.as<T>();
  measure_rows(call, view, name, rows.count, rows.columns, rows.stride);
  return rows;
}

/// A vector with a stride of its own.
template <class T>
struct Strided {
  T* data;
  std::int64_t stride;

  CAROM_INLINE T& operator[](std::int64_t i) const { return data[i * stride]; }
};

/// A view that must have the shape [count].
template <class T>
Strided<T> strided_of(const Call& call, const TensorView& view, const char* name,
                      std::int64_t count) {
  call.expect_shape(view, name, {count});
  return {view.as<T>(), view.strides[0]};
}

}  // namespace carom
