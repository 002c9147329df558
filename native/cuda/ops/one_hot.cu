#include "cuda/row_grid.h"
#include "ops/one_hot.h"

namespace carom::cuda {
namespace {

template <class T>
__global__ void mark_kernel(OneHotParams p, FaultRecord* fault, const char* op) {
  for (std::int64_t row = first_row(); row < p.rows; row += row_step()) {
    const std::int64_t at = p.index[row];
    if ((at < 0 || at >= p.classes) && first_column() == 0) {
      raise_fault(fault, op, row, at, p.classes);
    }
    T* out = reinterpret_cast<T*>(p.out) + row * p.classes;
    for (std::int64_t j = first_column(); j < p.classes; j += column_step()) {
      out[j] = static_cast<T>(j == at ? 1 : 0);
    }
  }
}

template <class T>
void mark(const OneHotParams& p, Launch& launch) {
  const RowGrid rows = row_grid(p.rows, p.classes);
  start(launch, rows.grid, rows.block, 0, mark_kernel<T>, p, launch.fault, launch.op);
}

}  // namespace

void one_hot(const OneHotParams& p, Launch& launch) {
  switch (p.dtype) {
    case DType::float32: return mark<float>(p, launch);
    case DType::float64: return mark<double>(p, launch);
    case DType::int32: return mark<std::int32_t>(p, launch);
    case DType::uint8:
    case DType::boolean: return mark<std::uint8_t>(p, launch);
  }
}

}  // namespace carom::cuda
