#include "cuda/row_grid.h"
#include "ops/index_select.h"

namespace carom::cuda {
namespace {

struct alignas(16) Wide {
  std::uint64_t half[2];
};

/// Unit is the piece that rows are moved by.
template <class Unit>
__global__ void select_kernel(IndexSelectParams p, std::int64_t units, FaultRecord* fault,
                              const char* op) {
  for (std::int64_t i = first_row(); i < p.count; i += row_step()) {
    const std::int64_t from = p.index[i];
    if (from < 0 || from >= p.x_rows) {
      if (first_column() == 0) raise_fault(fault, op, i, from, p.x_rows);
      continue;
    }
    const Unit* source = reinterpret_cast<const Unit*>(p.x + from * p.x_stride);
    Unit* target = reinterpret_cast<Unit*>(p.out + i * p.out_stride);
    for (std::int64_t j = first_column(); j < units; j += column_step()) target[j] = source[j];
  }
}

/// Whether every row of both sides begins and ends at a multiple of `bytes`.
bool moves_by(const IndexSelectParams& p, std::int64_t bytes) {
  const auto at = [&](const std::byte* data) {
    return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(data) %
                                     static_cast<std::uintptr_t>(bytes));
  };
  return at(p.x) == 0 && at(p.out) == 0 && p.x_stride % bytes == 0 && p.out_stride % bytes == 0 &&
         p.row_bytes % bytes == 0;
}

template <class Unit>
void select_by(const IndexSelectParams& p, Launch& launch) {
  const std::int64_t units = p.row_bytes / static_cast<std::int64_t>(sizeof(Unit));
  const RowGrid rows = row_grid(p.count, units);
  start(launch, rows.grid, rows.block, 0, select_kernel<Unit>, p, units, launch.fault, launch.op);
}

}  // namespace

void index_select(const IndexSelectParams& p, Launch& launch) {
  if (moves_by(p, 16)) return select_by<Wide>(p, launch);
  if (moves_by(p, 8)) return select_by<std::uint64_t>(p, launch);
  if (moves_by(p, 4)) return select_by<std::uint32_t>(p, launch);
  return select_by<std::uint8_t>(p, launch);
}

}  // namespace carom::cuda
