// What the optimiser steps share (clipAdam, clipSgd, clipRmsprop): flat operands, and the norm of
// the gradient, summed over blocks in scratch memory.
#pragma once

#include "core/team.h"
#include "ops/call.h"

namespace carom {

/// Elements whose squares are summed together; the sums of these blocks are added in order.
inline constexpr std::int64_t kNormBlock = 2048;

CAROM_INLINE constexpr std::int64_t norm_blocks(std::int64_t count) {
  return (count + kNormBlock - 1) / kNormBlock;
}

constexpr std::size_t norm_scratch_bytes(std::int64_t count) {
  return static_cast<std::size_t>(norm_blocks(count) + 1) * sizeof(double);
}

/// A dense float32 view of shape [count].
float* flat_floats(const Call& call, const TensorView& view, const char* name, std::int64_t count);

/// The counter of steps, int32 [1].
std::int32_t* step_counter(const Call& call, const TensorView& view);

}  // namespace carom
