#include "cuda/clip_norm.h"
#include "ops/clip_adam.h"

namespace carom::cuda {
namespace {

/// Factors of a step: [1] scale of the gradient, [2] 1 - lr * weightDecay, [3] lr / (1 - beta1^t),
/// [4] 1 / sqrt(1 - beta2^t). Counts the step.
struct PrepareAdam {
  const float* hyper;
  std::int32_t* step;

  CAROM_DEVICE void operator()(double norm, float* factors) const {
    const double lr = hyper[0], beta1 = hyper[1], beta2 = hyper[2];
    const double t = static_cast<double>(*step) + 1.0;
    factors[1] = clip_scale(hyper[4], norm);
    factors[2] = static_cast<float>(1.0 - lr * static_cast<double>(hyper[5]));
    factors[3] = static_cast<float>(lr / (1.0 - pow(beta1, t)));
    factors[4] = static_cast<float>(1.0 / sqrt(1.0 - pow(beta2, t)));
    *step = static_cast<std::int32_t>(static_cast<std::uint32_t>(*step) + 1u);
  }
};

__global__ void adam_kernel(ClipAdamParams p, const float* factors) {
  if (factors[0] == 0.0f) return;
  const float scale = factors[1], keep = factors[2], rate = factors[3], root_bias = factors[4];
  const float beta1 = p.hyper[1], beta2 = p.hyper[2], eps = p.hyper[3], l2 = p.hyper[6];
  for (std::int64_t i = global_index(); i < p.count; i += global_count()) {
    const float param = p.params[i];
    const float g = p.grad[i] * scale + l2 * param;
    const float m = normal_or_zero(beta1 * p.m[i] + (1 - beta1) * g);
    const float v = normal_or_zero(beta2 * p.v[i] + (1 - beta2) * g * g);
    p.m[i] = m;
    p.v[i] = v;
    p.params[i] = param * keep - rate * (m / (sqrtf(v) * root_bias + eps));
  }
}

}  // namespace

void clip_adam(const ClipAdamParams& p, Launch& launch) {
  const float* factors =
      prepare_step(launch, p.grad, p.count, p.grad_norm, PrepareAdam{p.hyper, p.step});
  start(launch, blocks_for(p.count), kThreads, 0, adam_kernel, p, factors);
}

}  // namespace carom::cuda
