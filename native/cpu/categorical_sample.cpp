#include "ops/categorical_sample.h"

#include "cpu/philox.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Actions whose exponentials are kept; those of further ones are computed again.
constexpr std::int64_t kKept = 32;

/// Logits of kLanes rows, one per lane, shifted by the largest of the row.
struct Lanes {
  const CategoricalSampleParams& p;
  std::int64_t row;
  int n;
  Vec top;
  Vec kept[kKept];

  CAROM_INLINE Lanes(const CategoricalSampleParams& params, std::int64_t first, int count)
      : p(params), row(first), n(count) {
    top = raw(0);
    for (std::int64_t a = 1; a < p.logits.columns; ++a) top = vmax(top, raw(a));
    for (std::int64_t a = 0; a < p.logits.columns && a < kKept; ++a)
      kept[a] = math::exp(raw(a) - top);
  }
  CAROM_INLINE Vec raw(std::int64_t a) const {
    return gather_first(p.logits[row] + a, p.logits.stride, n);
  }
  CAROM_INLINE Vec exponential(std::int64_t a) const {
    return a < kKept ? kept[a] : math::exp(raw(a) - top);
  }
};

CAROM_INLINE VecI choose_greedy(const Lanes& lanes) {
  VecI action = VecI{} - 1;
  for (std::int64_t a = 0; a < lanes.p.logits.columns; ++a) {
    const VecI hit = (lanes.raw(a) == lanes.top) & (action < 0);
    action = hit ? VecI{} + static_cast<std::int32_t>(a) : action;
  }
  return action < 0 ? VecI{} : action;
}

CAROM_INLINE VecI choose(const Lanes& lanes, Vec threshold) {
  Vec cumulative = {};
  VecI action = VecI{} - 1, last = {};
  for (std::int64_t a = 0; a < lanes.p.logits.columns; ++a) {
    const Vec e = lanes.exponential(a);
    const VecI here = VecI{} + static_cast<std::int32_t>(a);
    cumulative += e;
    action = ((cumulative > threshold) & (action < 0)) ? here : action;
    last = e > splat(0) ? here : last;
  }
  return action < 0 ? last : action;
}

void sample_rows(const CategoricalSampleParams& p, std::int64_t row, int n, Vec uniform) {
  const Lanes lanes(p, row, n);
  Vec total = {};
  for (std::int64_t a = 0; a < p.logits.columns; ++a) total += lanes.exponential(a);
  const VecI action = p.greedy ? choose_greedy(lanes) : choose(lanes, uniform * total);
  Vec taken = {};
  for (std::int64_t a = 0; a < p.logits.columns; ++a) {
    taken = action == static_cast<std::int32_t>(a) ? lanes.raw(a) : taken;
  }
  const Vec log_prob = taken - lanes.top - math::log(total);
  scatter_first(&p.action[row], p.action.stride, action, n);
  scatter_first(&p.log_prob[row], p.log_prob.stride, log_prob, n);
}

void sample(const CategoricalSampleParams& p, const Team& team) {
  constexpr int kGroup = 4 * kLanes;  // rows served by one round of the generator
  const Range mine = team.rows(p.logits.count);
  for (std::int64_t row = mine.begin; row < mine.end; row += kGroup) {
    const PhiloxLanes words = philox(p.state, static_cast<std::uint32_t>(row / 4));
    alignas(64) float uniforms[kGroup];
    for (int word = 0; word < 4; ++word) {
      const Vec u = to_uniform(words.word[word]);
      for (int lane = 0; lane < kLanes; ++lane) uniforms[4 * lane + word] = u[lane];
    }
    for (int first = 0; first < kGroup && row + first < mine.end; first += kLanes) {
      const std::int64_t left = mine.end - row - first;
      sample_rows(p, row + first, left < kLanes ? static_cast<int>(left) : kLanes,
                  load(uniforms + first));
    }
  }
}

}  // namespace

void categorical_sample(const CategoricalSampleParams& p, const Team& team) {
  if (team.phase == 0) sample(p, team);
  else if (team.rank == 0) advance(p.state);
}

}  // namespace carom::cpu::CAROM_ISA
