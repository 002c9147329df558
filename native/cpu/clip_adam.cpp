// clipAdam: phase 0 sums the squares of blocks of the gradient, phase 1 updates, phase 2 counts the
// step.
#include "ops/clip_adam.h"

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

std::int64_t block_count(const ClipAdamParams& p) {
  return (p.count + kNormBlock - 1) / kNormBlock;
}

void sum_squares(const ClipAdamParams& p, const Team& team, double* blocks) {
  const Range mine = team.share(block_count(p));
  for (std::int64_t b = mine.begin; b < mine.end; ++b) {
    const std::int64_t begin = b * kNormBlock;
    const std::int64_t end = begin + kNormBlock < p.count ? begin + kNormBlock : p.count;
    Vec sum = {}, other = {};
    std::int64_t i = begin;
    for (; i + 2 * kLanes <= end; i += 2 * kLanes) {
      const Vec g = load(p.grad + i), h = load(p.grad + i + kLanes);
      sum += g * g;
      other += h * h;
    }
    for (; i < end; i += kLanes) {
      const Vec g = load_first(p.grad + i, end - i < kLanes ? static_cast<int>(end - i) : kLanes);
      sum += g * g;
    }
    blocks[b] = static_cast<double>(sum_lanes(sum + other));
  }
}

double norm_of(const ClipAdamParams& p, const double* blocks) {
  double total = 0;
  for (std::int64_t b = 0; b < block_count(p); ++b) total += blocks[b];
  return __builtin_sqrt(total);
}

bool is_finite(double x) { return x - x == 0.0; }

/// What does not change within a step.
struct StepSize {
  float scale;      // of the gradient
  float keep;       // 1 - lr * weightDecay
  float rate;       // lr / (1 - beta1^t)
  float root_bias;  // 1 / sqrt(1 - beta2^t)
};

StepSize step_size(const ClipAdamParams& p, double norm) {
  const double lr = p.hyper[0], beta1 = p.hyper[1], beta2 = p.hyper[2], max_norm = p.hyper[4];
  const double t = static_cast<double>(*p.step) + 1.0;
  const double clip = max_norm > 0 ? max_norm / (norm + 1e-6) : 1.0;
  return {static_cast<float>(clip < 1.0 ? clip : 1.0),
          static_cast<float>(1.0 - lr * static_cast<double>(p.hyper[5])),
          static_cast<float>(lr / (1.0 - __builtin_pow(beta1, t))),
          static_cast<float>(1.0 / __builtin_sqrt(1.0 - __builtin_pow(beta2, t)))};
}

void update(const ClipAdamParams& p, const Team& team, double norm) {
  if (!is_finite(norm)) return;
  const StepSize s = step_size(p, norm);
  const float beta1 = p.hyper[1], beta2 = p.hyper[2], eps = p.hyper[3];
  const Range mine = team.share(p.count, 64);
  const float* grad = p.grad;
  float *params = p.params, *m = p.m, *v = p.v;
#pragma GCC ivdep
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    const float g = grad[i] * s.scale;
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    const float change = m[i] / (__builtin_sqrtf(v[i]) * s.root_bias + eps);
    params[i] = params[i] * s.keep - s.rate * change;
  }
}

}  // namespace

void clip_adam(const ClipAdamParams& p, const Team& team) {
  double* blocks = reinterpret_cast<double*>(team.scratch);
  if (team.phase == 0) return sum_squares(p, team, blocks);
  const double norm = norm_of(p, blocks);
  if (team.phase == 1) return update(p, team, norm);
  if (team.rank != 0) return;
  *p.grad_norm = static_cast<float>(norm);
  if (is_finite(norm)) {
    *p.step = static_cast<std::int32_t>(static_cast<std::uint32_t>(*p.step) + 1u);
  }
}

}  // namespace carom::cpu::CAROM_ISA
