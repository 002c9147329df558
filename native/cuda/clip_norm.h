// What the optimiser steps share: the norm of the gradient and the factors of the step. The squares of
// pieces of the gradient are summed by blocks of their own, then one block adds these sums and writes
// what the update of the parameters reads. Short gradients are summed by that one block.
#pragma once

#include <cmath>

#include "cuda/reduce.h"

namespace carom::cuda {

/// Up to here one block sums the whole gradient.
inline constexpr std::int64_t kShortGradient = 16384;
/// Blocks that sum pieces, at most. Of shapes alone, so that sums do not depend on the GPU.
inline constexpr std::int64_t kNormPieces = 1024;
/// Floats that the update reads; the first one tells whether there is an update.
inline constexpr int kStepFactors = 8;
inline constexpr int kNormThreads = 512;

/// Denormal numbers count as 0, as on the processor.
CAROM_DEVICE float normal_or_zero(float x) { return fabsf(x) < 1.17549435e-38f ? 0.0f : x; }

/// What the gradient is multiplied by so that its norm is at most max_norm (<= 0: any norm).
CAROM_DEVICE float clip_scale(float max_norm, double norm) {
  const double limit = max_norm;
  const double clip = limit > 0 ? limit / (norm + 1e-6) : 1.0;
  return static_cast<float>(clip < 1.0 ? clip : 1.0);
}

/// This thread's part of the sum of squares: every `step`-th element from `first` on.
CAROM_DEVICE double squares_from(const float* grad, std::int64_t count, std::int64_t first,
                                 std::int64_t step) {
  double sum = 0, other = 0;
  std::int64_t i = first;
  for (; i + step < count; i += 2 * step) {
    const float g = grad[i], h = grad[i + step];
    sum += static_cast<double>(g * g);
    other += static_cast<double>(h * h);
  }
  if (i < count) sum += static_cast<double>(grad[i] * grad[i]);
  return sum + other;
}

/// One sum of squares for each block. (A template, so that it may be defined in a header.)
template <int threads>
__global__ void sum_squares(const float* grad, std::int64_t count, double* sums) {
  const double mine = squares_from(grad, count, global_index(), global_count());
  const double total = block_reduce(mine, AddUp{}, 0.0);
  if (threadIdx.x == 0) sums[blockIdx.x] = total;
}

/// One block: the norm, from `pieces` sums or (0) from the gradient; then prepare(norm, factors) by
/// one thread, unless the norm is not finite.
template <class Prepare>
__global__ void finish_norm(const float* grad, std::int64_t count, const double* sums, int pieces,
                            float* grad_norm, float* factors, Prepare prepare) {
  double mine = 0;
  if (pieces == 0) mine = squares_from(grad, count, threadIdx.x, blockDim.x);
  for (int i = static_cast<int>(threadIdx.x); i < pieces; i += static_cast<int>(blockDim.x)) {
    mine += sums[i];
  }
  const double norm = sqrt(block_reduce(mine, AddUp{}, 0.0));
  if (threadIdx.x != 0) return;
  const bool finite = norm - norm == 0.0;
  *grad_norm = static_cast<float>(norm);
  factors[0] = finite ? 1.0f : 0.0f;
  if (finite) prepare(norm, factors);
}

/// Writes grad_norm and returns the factors, in work space: [0] is 0 when nothing is to be updated,
/// the others are what prepare(norm, factors) wrote.
template <class Prepare>
const float* prepare_step(Launch& launch, const float* grad, std::int64_t count, float* grad_norm,
                          Prepare prepare) {
  const std::int64_t pieces =
      count <= kShortGradient
          ? 0
          : std::min(kNormPieces, (count + kNormThreads * 4 - 1) / (kNormThreads * 4));
  std::byte* space = launch.workspace(256 + kNormPieces * sizeof(double));
  float* factors = reinterpret_cast<float*>(space);
  double* sums = reinterpret_cast<double*>(space + 256);
  start(launch, static_cast<unsigned>(pieces), kNormThreads, 0, sum_squares<kNormThreads>, grad,
        count, sums);
  start(launch, 1, kNormThreads, 0, finish_norm<Prepare>, grad, count, sums,
        static_cast<int>(pieces), grad_norm, factors, prepare);
  return factors;
}

}  // namespace carom::cuda
