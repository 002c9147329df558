// clipRmsprop: phase 0 sums the squares of blocks of the gradient, phase 1 updates.
#include "ops/clip_rmsprop.h"

#include "cpu/clip_norm.h"

namespace carom::cpu::CAROM_ISA {
namespace {

template <bool centered, bool momentum>
void update(const ClipRmspropParams& p, Range mine, float scale) {
  const float lr = p.hyper[0], alpha = p.hyper[1], eps = p.hyper[2], decay = p.hyper[3];
  const float keep = p.hyper[4];
  const float* grad = p.grad;
  float *params = p.params, *squares = p.squares, *means = p.means, *velocity = p.velocity;
#pragma GCC ivdep
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    const float g = grad[i] * scale + decay * params[i];
    float variance = normal_or_zero(alpha * squares[i] + (1 - alpha) * g * g);
    squares[i] = variance;
    if constexpr (centered) {
      const float mean = normal_or_zero(alpha * means[i] + (1 - alpha) * g);
      means[i] = mean;
      variance -= mean * mean;
      variance = variance < 0.0f ? 0.0f : variance;
    }
    float change = g / (__builtin_sqrtf(variance) + eps);
    if constexpr (momentum) {
      change = normal_or_zero(keep * velocity[i] + change);
      velocity[i] = change;
    }
    params[i] -= lr * change;
  }
}

}  // namespace

void clip_rmsprop(const ClipRmspropParams& p, const Team& team) {
  if (team.phase == 0) return sum_squares(p.grad, p.count, team);
  const double norm = gradient_norm(p.count, team);
  if (team.rank == 0) *p.grad_norm = static_cast<float>(norm);
  if (!is_finite(norm)) return;
  const float scale = clip_scale(p.hyper[5], norm);
  const Range mine = team.share(p.count, 64);
  if (p.means == nullptr) {
    p.velocity == nullptr ? update<false, false>(p, mine, scale)
                          : update<false, true>(p, mine, scale);
  } else {
    p.velocity == nullptr ? update<true, false>(p, mine, scale)
                          : update<true, true>(p, mine, scale);
  }
}

}  // namespace carom::cpu::CAROM_ISA
