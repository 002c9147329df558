#include "cuda/row_grid.h"
#include "ops/take_along_last.h"

namespace carom::cuda {
namespace {

__global__ void take_kernel(TakeAlongLastParams p, FaultRecord* fault, const char* op) {
  for (std::int64_t row = global_index(); row < p.rows.count; row += global_count()) {
    const std::int64_t index = p.index[row];
    const bool valid = index >= 0 && index < p.rows.columns;
    if (!valid) raise_fault(fault, op, row, index, p.rows.columns);
    p.values[row] = valid ? p.rows[row][index] : 0.0f;
  }
}

__global__ void give_kernel(TakeAlongLastParams p, FaultRecord* fault, const char* op) {
  for (std::int64_t row = first_row(); row < p.rows.count; row += row_step()) {
    const std::int64_t index = p.index[row];
    const bool valid = index >= 0 && index < p.rows.columns;
    if (!valid && first_column() == 0) raise_fault(fault, op, row, index, p.rows.columns);
    float* dx = p.rows[row];
    for (std::int64_t a = first_column(); a < p.rows.columns; a += column_step()) {
      dx[a] = a == index ? p.values[row] : 0.0f;
    }
  }
}

}  // namespace

void take_along_last(const TakeAlongLastParams& p, Launch& launch) {
  start(launch, blocks_for(p.rows.count), kThreads, 0, take_kernel, p, launch.fault, launch.op);
}

void take_along_last_backward(const TakeAlongLastParams& p, Launch& launch) {
  const RowGrid rows = row_grid(p.rows.count, p.rows.columns);
  start(launch, rows.grid, rows.block, 0, give_kernel, p, launch.fault, launch.op);
}

}  // namespace carom::cuda
