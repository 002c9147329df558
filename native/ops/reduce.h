// Reductions over the last k dimensions: sum prod (float, int32), mean (float), max min (float,
// int32, uint8), argmax argmin (the same -> int32, index over the flattened reduced dimensions; the
// first of equals, NaN first), any all (bool). `in` has any strides; `out` is contiguous with the
// shape of in's leading dimensions. An empty sum is 0, prod 1, any false, all true, mean NaN; an
// empty max, min, argmax or argmin is an error. NaN anywhere gives NaN. float32 sums add blocks in
// float and the blocks in double, in a fixed order; down columns the blocks too are added in float.
//
//   inputs: in        outputs: out        parameters: [k]
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"

namespace carom {

enum class ReduceKind { sum, mean, prod, any, all, max, min, argmax, argmin };

/// A loop nest over some of a view's dimensions, merged where possible; the last is the innermost.
struct LoopNest {
  int rank;  // at least 1
  std::int64_t size;
  std::int64_t shape[kMaxRank];
  std::int64_t strides[kMaxRank];
};

struct ReduceParams {
  ReduceKind kind;
  DType dtype;
  const std::byte* in;
  std::byte* out;
  LoopNest outer;  // one result each
  LoopNest inner;  // reduced
  /// Whole-array sums are cut into blocks of this many elements; 0: not cut.
  std::int64_t block;
};

ReduceParams make_reduce(const Call& call, Plan& plan, ReduceKind kind);

CAROM_KERNEL(reduce, ReduceParams)

}  // namespace carom
