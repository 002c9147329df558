#include "cuda/ordered_matches.h"
#include "ops/gather.h"

namespace carom::cuda {
namespace {

/// A dimension of the index: how far a step along it goes in each operand. Along the axis the table
/// stays where it is.
struct Axis {
  std::int64_t extent, position, table, list, index;
};

/// All dimensions of more than one element, in row-major order.
struct Walk {
  std::int64_t size;  // elements of the index
  int rank;
  Axis axes[kMaxRank];
};

struct Offsets {
  std::int64_t table = 0, list = 0, index = 0;
};

Walk walk_of(const GatherParams& p) {
  Walk walk{p.lines * p.count, 0, {}};
  bool axis_done = p.count <= 1;
  const auto add = [&](const Axis& axis) { walk.axes[walk.rank++] = axis; };
  const Axis along{p.count, p.position_step, 0, p.list_step, p.index_step};
  for (int d = 0; d < p.rank; ++d) {
    if (p.shape[d] == 1) continue;
    if (!axis_done && p.position_strides[d] < p.position_step) {
      add(along);
      axis_done = true;
    }
    add({p.shape[d], p.position_strides[d], p.table_strides[d], p.list_strides[d],
         p.index_strides[d]});
  }
  if (!axis_done) add(along);
  return walk;
}

template <class Index>
CAROM_DEVICE Offsets place_of(const Walk& walk, std::int64_t position) {
  Offsets at;
  Index rest = static_cast<Index>(position);
  for (int d = walk.rank - 1; d >= 0; --d) {
    const Axis& axis = walk.axes[d];
    const Index extent = static_cast<Index>(axis.extent);
    const Index next = d == 0 ? 0 : rest / extent;
    const std::int64_t i = static_cast<std::int64_t>(rest - next * extent);
    at.table += i * axis.table;
    at.list += i * axis.list;
    at.index += i * axis.index;
    rest = next;
  }
  return at;
}

template <class Index, class T>
__global__ void gather_kernel(GatherParams p, Walk walk, FaultRecord* fault, const char* op) {
  const T* table = reinterpret_cast<const T*>(p.table);
  T* list = reinterpret_cast<T*>(p.list);
  for (std::int64_t i = global_index(); i < walk.size; i += global_count()) {
    const Offsets at = place_of<Index>(walk, i);
    const std::int64_t from = p.index[at.index];
    if (from >= 0 && from < p.table_size) list[at.list] = table[at.table + from * p.table_step];
    else raise_fault(fault, op, i, from, p.table_size);
  }
}

template <class T>
void gather_as(const GatherParams& p, Launch& launch) {
  const Walk walk = walk_of(p);
  const auto kernel =
      walk.size <= 0x7FFFFFFF ? gather_kernel<std::uint32_t, T> : gather_kernel<std::uint64_t, T>;
  start(launch, blocks_for(walk.size), kThreads, 0, kernel, p, walk, launch.fault, launch.op);
}

// ----------------------------------------------------------------------------------- scatterAdd

/// The first elements of a line.
struct Line {
  Offsets at;
  std::int64_t position;
};

CAROM_DEVICE Line line_of(const GatherParams& p, std::int64_t number) {
  Line line{{}, 0};
  for (int d = p.rank - 1; d >= 0; --d) {
    const std::int64_t i = number % p.shape[d];
    number /= p.shape[d];
    line.at.table += i * p.table_strides[d];
    line.at.list += i * p.list_strides[d];
    line.at.index += i * p.index_strides[d];
    line.position += i * p.position_strides[d];
  }
  return line;
}

/// A thread adds whole lines, for many or short ones.
template <class T>
__global__ void add_lines(GatherParams p, FaultRecord* fault, const char* op) {
  for (std::int64_t number = global_index(); number < p.lines; number += global_count()) {
    const Line line = line_of(p, number);
    T* table = reinterpret_cast<T*>(p.table) + line.at.table;
    const T* list = reinterpret_cast<const T*>(p.list) + line.at.list;
    const std::int32_t* index = p.index + line.at.index;
    for (std::int64_t i = 0; i < p.count; ++i) {
      const std::int64_t to = index[i * p.index_step];
      if (to >= 0 && to < p.table_size) table[to * p.table_step] += list[i * p.list_step];
      else raise_fault(fault, op, line.position + i * p.position_step, to, p.table_size);
    }
  }
}

/// Blocks share a line, blockIdx.x by the table's elements; blockIdx.y goes over the lines.
template <class T>
__global__ void add_shared(GatherParams p, FaultRecord* fault, const char* op) {
  const std::int64_t shares = gridDim.x, share = blockIdx.x;
  const int shift = __popc(static_cast<unsigned>(shares - 1));
  for (std::int64_t number = blockIdx.y; number < p.lines; number += gridDim.y) {
    const Line line = line_of(p, number);
    T* table = reinterpret_cast<T*>(p.table) + line.at.table;
    const T* list = reinterpret_cast<const T*>(p.list) + line.at.list;
    const std::int32_t* index = p.index + line.at.index;
    for_matches(
        p.count, p.table_size, share, shares,
        [&](std::int64_t i) -> std::int64_t { return index[i * p.index_step]; },
        [&](std::int64_t i, std::int64_t to) {
          if (share == 0) {
            raise_fault(fault, op, line.position + i * p.position_step, to, p.table_size);
          }
        },
        [&](const Match* matches, int n) {
          for (int m = 0; m < n; ++m) {
            const Match at = matches[m];
            if (((at.to >> shift) & (kThreads - 1)) != threadIdx.x) continue;
            table[at.to * p.table_step] += list[at.i * p.list_step];
          }
        });
  }
}

template <class T>
void add_as(const GatherParams& p, Launch& launch) {
  // A thread is quick with a short line, and many lines keep the GPU busy with a thread each.
  constexpr std::int64_t kShort = 16;
  constexpr std::int64_t kLinesPerElement = 64;
  if (p.count <= kShort || p.count * kLinesPerElement <= p.lines) {
    start(launch, blocks_for(p.lines), kThreads, 0, add_lines<T>, p, launch.fault, launch.op);
    return;
  }
  const std::int64_t wanted = share_count(p.table_size, kThreads, p.count);
  std::int64_t shares = 1;
  while (shares < wanted && shares * p.lines < 2048) shares *= 2;
  const dim3 grid(static_cast<unsigned>(shares),
                  static_cast<unsigned>(std::min<std::int64_t>(p.lines, 65535)));
  start(launch, grid, kThreads, 0, add_shared<T>, p, launch.fault, launch.op);
}

}  // namespace

void gather(const GatherParams& p, Launch& launch) {
  switch (p.dtype) {
    case DType::float32:
    case DType::int32: return gather_as<std::uint32_t>(p, launch);
    case DType::float64: return gather_as<std::uint64_t>(p, launch);
    case DType::uint8:
    case DType::boolean: return gather_as<std::uint8_t>(p, launch);
  }
}

void scatter_add(const GatherParams& p, Launch& launch) {
  if (p.dtype == DType::float64) return add_as<double>(p, launch);
  if (p.dtype == DType::int32) return add_as<std::uint32_t>(p, launch);
  return add_as<float>(p, launch);
}

}  // namespace carom::cuda
