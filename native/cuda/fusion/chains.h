// Which steps of a recording one fused kernel can carry out together (mlp.h). By shapes and memory alone.
#pragma once

#include <cstddef>
#include <vector>

#include "cuda/fusion/mlp.h"
#include "program/step.h"

namespace carom::cuda {

/// off: every step by itself. always: also chains of few rows.
enum class Fusion { off, automatic, always };

/// What CAROM_CUDA_FUSION says: "off", "on" (always), otherwise automatic. For measuring and tests.
Fusion fusion_setting();

/// Consecutive steps that run as one.
struct Unit {
  enum class Kind { step, forward, backward };
  std::size_t first, count;
  Kind kind = Kind::step;
  ForwardChain forward{};
  ForwardLayout forward_layout{};
  BackwardChain backward{};
  BackwardLayout backward_layout{};
};

/// All steps, in their order. `precision`: what the GPU multiplies with; `shared_bytes`: of one block.
std::vector<Unit> find_units(const std::vector<Step>& steps, Precision precision,
                             std::size_t shared_bytes, Fusion fusion);

}  // namespace carom::cuda
