#include "cuda/clip_norm.h"
#include "ops/clip_sgd.h"

namespace carom::cuda {
namespace {

/// Factors of a step: [1] scale of the gradient, [2] what is kept of the velocity and [3] how much of
/// the gradient it gets. Counts the step.
struct PrepareSgd {
  const float* hyper;
  std::int32_t* step;

  CAROM_DEVICE void operator()(double norm, float* factors) const {
    const bool first = *step == 0;
    factors[1] = clip_scale(hyper[4], norm);
    factors[2] = first ? 0.0f : hyper[1];
    factors[3] = first ? 1.0f : 1.0f - hyper[2];
    *step = static_cast<std::int32_t>(static_cast<std::uint32_t>(*step) + 1u);
  }
};

template <bool with_velocity>
__global__ void sgd_kernel(ClipSgdParams p, const float* factors) {
  if (factors[0] == 0.0f) return;
  const float scale = factors[1], keep = factors[2], add = factors[3];
  const float lr = p.hyper[0], momentum = p.hyper[1], decay = p.hyper[3];
  for (std::int64_t i = global_index(); i < p.count; i += global_count()) {
    const float param = p.params[i];
    float change = p.grad[i] * scale + decay * param;
    if constexpr (with_velocity) {
      const float v = normal_or_zero(keep * p.velocity[i] + add * change);
      p.velocity[i] = v;
      change = p.nesterov ? change + momentum * v : v;
    }
    p.params[i] = param - lr * change;
  }
}

}  // namespace

void clip_sgd(const ClipSgdParams& p, Launch& launch) {
  const float* factors =
      prepare_step(launch, p.grad, p.count, p.grad_norm, PrepareSgd{p.hyper, p.step});
  const auto kernel = p.velocity == nullptr ? sgd_kernel<false> : sgd_kernel<true>;
  start(launch, blocks_for(p.count), kThreads, 0, kernel, p, factors);
}

}  // namespace carom::cuda
