// gather, scatterAdd: elements chosen along one axis by an index as large as the result.
//
//   gather      out[..., i, ...] = x[..., index[..., i, ...], ...]
//   scatterAdd  out[..., index[..., i, ...], ...] += source[..., i, ...], in order of i
//
// All operands have one rank; index has the shape of out (gather) or of source (scatterAdd) and is,
// outside of the axis, at most as large as x (gather) or out (scatterAdd). gather takes any dtype;
// scatterAdd float32, float64 and int32 into a contiguous out that overlaps no input. Any strides.
//
//   gather      inputs: x, index int32         outputs: out        parameters: [axis]
//   scatterAdd  inputs: source, index int32    outputs: out        parameters: [axis]
//
// Ranks share the lines, all index positions with the same coordinates outside of the axis: no
// element of out is summed by two ranks.
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"

namespace carom {

struct GatherParams {
  DType dtype;
  std::byte* table;  // what the index points into: x, or the output of scatterAdd
  std::byte* list;   // what lies beside the index: the output of gather, or source
  const std::int32_t* index;
  std::int64_t table_size;                         // along the axis
  std::int64_t count;                              // of index along the axis
  std::int64_t table_step, list_step, index_step;  // along the axis, in elements
  std::int64_t lines;
  int rank;  // of the lines, at least 1
  std::int64_t shape[kMaxRank];
  std::int64_t table_strides[kMaxRank], list_strides[kMaxRank], index_strides[kMaxRank];
  std::int64_t position_step, position_strides[kMaxRank];  // of the row-major position in index
};

GatherParams make_gather(const Call& call, Plan& plan);
GatherParams make_scatter_add(const Call& call, Plan& plan);

CAROM_KERNEL(gather, GatherParams)
CAROM_KERNEL(scatter_add, GatherParams)

}  // namespace carom
