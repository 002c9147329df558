// clipSgd: phase 0 sums the squares of blocks of the gradient, phase 1 updates, phase 2 counts the
// step.
#include "ops/clip_sgd.h"

#include "cpu/clip_norm.h"

namespace carom::cpu::CAROM_ISA {
namespace {

template <bool nesterov>
CAROM_INLINE void update_with_velocity(const ClipSgdParams& p, Range mine, float scale) {
  const float lr = p.hyper[0], momentum = p.hyper[1], decay = p.hyper[3];
  const bool first = *p.step == 0;
  const float keep = first ? 0.0f : momentum, add = first ? 1.0f : 1.0f - p.hyper[2];
  const float* grad = p.grad;
  float *params = p.params, *velocity = p.velocity;
#pragma GCC ivdep
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    const float g = grad[i] * scale + decay * params[i];
    const float v = normal_or_zero(keep * velocity[i] + add * g);
    velocity[i] = v;
    params[i] -= lr * (nesterov ? g + momentum * v : v);
  }
}

CAROM_INLINE void update_plain(const ClipSgdParams& p, Range mine, float scale) {
  const float lr = p.hyper[0], decay = p.hyper[3];
  const float* grad = p.grad;
  float* params = p.params;
#pragma GCC ivdep
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    params[i] -= lr * (grad[i] * scale + decay * params[i]);
  }
}

void update(const ClipSgdParams& p, const Team& team, double norm) {
  if (!is_finite(norm)) return;
  const float scale = clip_scale(p.hyper[4], norm);
  const Range mine = team.share(p.count, 64);
  if (p.velocity == nullptr) update_plain(p, mine, scale);
  else if (p.nesterov) update_with_velocity<true>(p, mine, scale);
  else update_with_velocity<false>(p, mine, scale);
}

}  // namespace

void clip_sgd(const ClipSgdParams& p, const Team& team) {
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
