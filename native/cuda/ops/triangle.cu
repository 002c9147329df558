#include "cuda/row_grid.h"
#include "ops/triangle.h"

namespace carom::cuda {
namespace {

template <class T>
__global__ void triangle_kernel(TriangleParams p) {
  for (std::int64_t line = first_row(); line < p.batch * p.rows; line += row_step()) {
    const std::int64_t matrix = line / p.rows, row = line - matrix * p.rows;
    const T* x = reinterpret_cast<const T*>(p.x) + matrix * p.x_batch + row * p.x_row;
    T* out = reinterpret_cast<T*>(p.out) + line * p.columns;
    const std::int64_t edge = row + p.diagonal;
    for (std::int64_t j = first_column(); j < p.columns; j += column_step()) {
      const bool kept = p.upper ? j >= edge : j <= edge;
      out[j] = kept ? x[j * p.x_col] : T{0};
    }
  }
}

template <class T>
void triangle_as(const TriangleParams& p, Launch& launch) {
  const RowGrid rows = row_grid(p.batch * p.rows, p.columns);
  start(launch, rows.grid, rows.block, 0, triangle_kernel<T>, p);
}

}  // namespace

void triangle(const TriangleParams& p, Launch& launch) {
  if (p.item == 8) return triangle_as<std::uint64_t>(p, launch);
  if (p.item == 4) return triangle_as<std::uint32_t>(p, launch);
  return triangle_as<std::uint8_t>(p, launch);
}

}  // namespace carom::cuda
