// clipAdam: phase 0 sums the squares of blocks of the gradient, phase 1 updates, phase 2 counts the
// step.
#include "ops/clip_adam.h"

#include "cpu/clip_norm.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// What does not change within a step.
struct StepSize {
  float scale;      // of the gradient
  float keep;       // 1 - lr * weightDecay
  float rate;       // lr / (1 - beta1^t)
  float root_bias;  // 1 / sqrt(1 - beta2^t)
};

StepSize step_size(const ClipAdamParams& p, double norm) {
  const double lr = p.hyper[0], beta1 = p.hyper[1], beta2 = p.hyper[2];
  const double t = static_cast<double>(*p.step) + 1.0;
  return {clip_scale(p.hyper[4], norm),
          static_cast<float>(1.0 - lr * static_cast<double>(p.hyper[5])),
          static_cast<float>(lr / (1.0 - __builtin_pow(beta1, t))),
          static_cast<float>(1.0 / __builtin_sqrt(1.0 - __builtin_pow(beta2, t)))};
}

void update(const ClipAdamParams& p, const Team& team, double norm) {
  if (!is_finite(norm)) return;
  const StepSize s = step_size(p, norm);
  const float beta1 = p.hyper[1], beta2 = p.hyper[2], eps = p.hyper[3], l2 = p.hyper[6];
  const Range mine = team.share(p.count, 64);
  const float* grad = p.grad;
  float *params = p.params, *m = p.m, *v = p.v;
#pragma GCC ivdep
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    const float g = grad[i] * s.scale + l2 * params[i];
    m[i] = normal_or_zero(beta1 * m[i] + (1 - beta1) * g);
    v[i] = normal_or_zero(beta2 * v[i] + (1 - beta2) * g * g);
    const float change = m[i] / (__builtin_sqrtf(v[i]) * s.root_bias + eps);
    params[i] = params[i] * s.keep - s.rate * change;
  }
}

}  // namespace

void clip_adam(const ClipAdamParams& p, const Team& team) {
  if (team.phase == 0) return sum_squares(p.grad, p.count, team);
  const double norm = gradient_norm(p.count, team);
  if (team.phase == 1) return update(p, team, norm);
  if (team.rank != 0) return;
  *p.grad_norm = static_cast<float>(norm);
  if (is_finite(norm)) {
    *p.step = static_cast<std::int32_t>(static_cast<std::uint32_t>(*p.step) + 1u);
  }
}

}  // namespace carom::cpu::CAROM_ISA
