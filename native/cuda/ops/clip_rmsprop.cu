#include "cuda/clip_norm.h"
#include "ops/clip_rmsprop.h"

namespace carom::cuda {
namespace {

/// Factors of a step: [1] scale of the gradient.
struct PrepareRmsprop {
  const float* hyper;

  CAROM_DEVICE void operator()(double norm, float* factors) const {
    factors[1] = clip_scale(hyper[5], norm);
  }
};

template <bool centered, bool momentum>
__global__ void rmsprop_kernel(ClipRmspropParams p, const float* factors) {
  if (factors[0] == 0.0f) return;
  const float scale = factors[1];
  const float lr = p.hyper[0], alpha = p.hyper[1], eps = p.hyper[2], decay = p.hyper[3];
  for (std::int64_t i = global_index(); i < p.count; i += global_count()) {
    const float param = p.params[i];
    const float g = p.grad[i] * scale + decay * param;
    float variance = normal_or_zero(alpha * p.squares[i] + (1 - alpha) * g * g);
    p.squares[i] = variance;
    if constexpr (centered) {
      const float mean = normal_or_zero(alpha * p.means[i] + (1 - alpha) * g);
      p.means[i] = mean;
      variance -= mean * mean;
      variance = variance < 0.0f ? 0.0f : variance;
    }
    float change = g / (sqrtf(variance) + eps);
    if constexpr (momentum) {
      change = normal_or_zero(p.hyper[4] * p.velocity[i] + change);
      p.velocity[i] = change;
    }
    p.params[i] = param - lr * change;
  }
}

}  // namespace

void clip_rmsprop(const ClipRmspropParams& p, Launch& launch) {
  const float* factors =
      prepare_step(launch, p.grad, p.count, p.grad_norm, PrepareRmsprop{p.hyper});
  const auto run = [&](auto kernel) {
    start(launch, blocks_for(p.count), kThreads, 0, kernel, p, factors);
  };
  if (p.means == nullptr) {
    p.velocity == nullptr ? run(rmsprop_kernel<false, false>) : run(rmsprop_kernel<false, true>);
  } else {
    p.velocity == nullptr ? run(rmsprop_kernel<true, false>) : run(rmsprop_kernel<true, true>);
  }
}

}  // namespace carom::cuda
