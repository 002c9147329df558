// When a chain's kernel may touch the memory of its steps in its own order.
//
// First each tile of rows is read and written by its block alone, layer by layer in the order of the
// steps; only then gradients of weights are written. So two ranges of which one is written must be
// disjoint, or the rows of one must be those of the other, or the later one is written at the end. And
// what the chain wrote is read only by the steps to which the kernel hands it in shared memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace carom::cuda {

inline constexpr std::size_t kNoStep = std::numeric_limits<std::size_t>::max();

/// A range of memory that a step of a chain touches.
struct Use {
  enum class Kind { read, write, final_write };  // final: after all tiles
  std::size_t step;
  Kind kind;
  const float *begin, *end;
  std::int64_t stride = 0;       // > 0: tile by tile, with rows that far apart
  std::size_t source = kNoStep;  // the step of the chain whose result this is, handed on
  bool elementwise = false;      // within its step, an element meets only those at the same place
};

/// Whether the kernel keeps the meaning of the steps. `uses` are in the order of the steps.
bool keeps_order(const std::vector<Use>& uses);

}  // namespace carom::cuda
