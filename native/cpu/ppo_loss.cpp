// ppoLoss: phase 0 takes the moments of the advantage. Phase 1 computes kLanes samples at a time,
// one per lane: loss terms, summed over blocks of Team::kRowBlock rows, and both gradients. Phase 2
// adds the blocks and writes the statistics.
//
// With p the policy, H its entropy and g = d policyLoss / d logProb (0 where the clipped term is
// the larger):
//   dlogits[a] = (g (1{a = action} - p[a]) + entropyCoef p[a] (log p[a] + H)) / B
//   dvalue     = valueCoef (v - R) / B, 0 where the clipped value term is the larger
#include "ops/ppo_loss.h"

#include "core/fault.h"
#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Actions whose logits stay in the first-level cache; those of further ones are read again.
constexpr std::int64_t kKept = 32;

enum Term { kPolicy, kValue, kEntropy, kKl, kClipped, kTerms };

struct Coefficients {
  float clip, value_clip, entropy, value;
  bool normalize;
  float mean, deviation;  // of the advantages
  float scale;            // 1 / B
};

// ------------------------------------------------------------------------------ advantages

/// Sum of f(x) over all advantages, floats within blocks of 1024, doubles between them.
template <class F>
CAROM_INLINE double sum_of(const Strided<const float>& x, std::int64_t count, F f) {
  constexpr std::int64_t kBlock = 1024;
  double total = 0;
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const std::int64_t end = begin + kBlock < count ? begin + kBlock : count;
    Vec sum = {};
    for (std::int64_t i = begin; i < end; i += kLanes) {
      const int n = end - i < kLanes ? static_cast<int>(end - i) : kLanes;
      const Vec term = f(gather_first(&x[i], x.stride, n));
      sum += n == kLanes ? term : (lane_numbers() < n ? term : Vec{});
    }
    total += static_cast<double>(sum_lanes(sum));
  }
  return total;
}

/// Writes the mean and the unbiased deviation.
void take_moments(const PpoLossParams& p, float* moments) {
  const std::int64_t count = p.logits.count;
  const double size = static_cast<double>(count);
  const auto mean = static_cast<float>(sum_of(p.advantage, count, [](Vec x) { return x; }) / size);
  moments[0] = mean;
  moments[1] = 0;
  if (count == 1) return;
  const double squares = sum_of(p.advantage, count, [&](Vec x) { return (x - mean) * (x - mean); });
  moments[1] = static_cast<float>(__builtin_sqrt(squares / (size - 1)));
}

Coefficients read_coefficients(const PpoLossParams& p, const float* moments) {
  const bool normalize = p.coef[4] != 0.0f && p.logits.count > 1;
  return {p.coef[0], p.coef[1],  p.coef[2],  p.coef[3],
          normalize, moments[0], moments[1], 1.0f / static_cast<float>(p.logits.count)};
}

// ---------------------------------------------------------------------------------- policy

/// The policy of kLanes rows, one per lane.
struct Policy {
  const PpoLossParams& p;
  std::int64_t row;
  int n;
  Vec top, log_sum, entropy;
  Vec kept[kKept];

  CAROM_INLINE Policy(const PpoLossParams& params, std::int64_t first, int count)
      : p(params), row(first), n(count) {
    kept[0] = read(0);
    for (std::int64_t a = 1; a < p.logits.columns && a < kKept; ++a) kept[a] = read(a);
    top = kept[0];
    for (std::int64_t a = 1; a < p.logits.columns; ++a) top = vmax(top, logit(a));
    Vec sum = {}, weighted = {};
    for (std::int64_t a = 0; a < p.logits.columns; ++a) {
      const Vec z = logit(a) - top;
      const Vec e = math::exp(z);
      sum += e;
      weighted += e > splat(0) ? e * z : Vec{};
    }
    log_sum = math::log(sum);
    entropy = log_sum - weighted / sum;
  }
  CAROM_INLINE Vec read(std::int64_t a) const {
    return gather_first(p.logits[row] + a, p.logits.stride, n);
  }
  CAROM_INLINE Vec logit(std::int64_t a) const { return a < kKept ? kept[a] : read(a); }
  CAROM_INLINE Vec log_prob(std::int64_t a) const { return logit(a) - top - log_sum; }
  CAROM_INLINE Vec log_prob_of(VecI action) const {
    Vec taken = {};
    for (std::int64_t a = 0; a < p.logits.columns; ++a) {
      taken = action == static_cast<std::int32_t>(a) ? log_prob(a) : taken;
    }
    return taken;
  }
};

/// d loss / d logits from d policyLoss / d logProb.
CAROM_INLINE void write_dlogits(const Policy& policy, const Coefficients& c, VecI action,
                                Vec slope) {
  const PpoLossParams& p = policy.p;
  for (std::int64_t a = 0; a < p.logits.columns; ++a) {
    const Vec log_prob = policy.log_prob(a);
    const Vec prob = math::exp(log_prob);
    const Vec taken = action == static_cast<std::int32_t>(a) ? splat(1) : Vec{};
    const Vec bonus = prob > splat(0) ? prob * (log_prob + policy.entropy) : Vec{};
    const Vec d = (slope * (taken - prob) + c.entropy * bonus) * c.scale;
    scatter_first(p.dlogits[policy.row] + a, p.dlogits.stride, d, policy.n);
  }
}

/// Reports actions outside the policy; their lanes are false.
CAROM_INLINE VecI check_actions(const PpoLossParams& p, const Team& team, VecI action,
                                std::int64_t row, int n) {
  const auto columns = static_cast<std::int32_t>(p.logits.columns);
  const VecI bad = ((action < 0) | (action >= columns)) & (lane_numbers() < n);
  for (int i = 0; i < n; ++i) {
    if (bad[i] != 0) team.fault->raise("ppoLoss", row + i, action[i], columns);
  }
  return bad == 0;
}

// ----------------------------------------------------------------------------------- value

CAROM_INLINE Vec value_terms(const PpoLossParams& p, const Coefficients& c, std::int64_t row,
                             int n) {
  const Vec value = gather_first(&p.value[row], p.value.stride, n);
  const Vec target = gather_first(&p.returns[row], p.returns.stride, n);
  const Vec error = value - target;
  Vec loss = error * error, slope = error;
  if (c.value_clip > 0) {
    const Vec old = gather_first(&p.old_value[row], p.old_value.stride, n);
    const Vec clipped = old + math::clamp(value - old, -c.value_clip, c.value_clip) - target;
    const VecI larger = clipped * clipped > loss;
    loss = larger ? clipped * clipped : loss;
    slope = larger ? Vec{} : slope;
  }
  scatter_first(&p.dvalue[row], p.dvalue.stride, c.value * c.scale * slope, n);
  return 0.5f * loss;
}

// ------------------------------------------------------------------------------------ rows

CAROM_INLINE void compute_rows(const PpoLossParams& p, const Coefficients& c, const Team& team,
                               std::int64_t row, int n, Vec* sums) {
  const VecI exists = lane_numbers() < n;
  const auto add = [&](Term term, Vec x) { sums[term] += exists ? x : Vec{}; };
  const Policy policy(p, row, n);
  const VecI action = gather_first(&p.action[row], p.action.stride, n);
  const VecI valid = check_actions(p, team, action, row, n);
  const Vec old = gather_first(&p.old_log_prob[row], p.old_log_prob.stride, n);
  Vec advantage = gather_first(&p.advantage[row], p.advantage.stride, n);
  if (c.normalize) advantage = (advantage - c.mean) / (c.deviation + 1e-8f);

  const Vec log_ratio = policy.log_prob_of(action) - old;
  const Vec ratio = math::exp(log_ratio);
  const Vec plain = -advantage * ratio;
  const Vec clipped = -advantage * math::clamp(ratio, 1 - c.clip, 1 + c.clip);
  const Vec slope = ((plain >= clipped) & valid) != 0 ? plain : Vec{};
  write_dlogits(policy, c, action, slope);

  const Vec off = ratio - 1.0f;
  add(kPolicy, plain > clipped ? plain : clipped);
  add(kValue, value_terms(p, c, row, n));
  add(kEntropy, policy.entropy);
  add(kKl, off - log_ratio);
  add(kClipped, (off > splat(c.clip)) | (off < splat(-c.clip)) ? splat(1) : Vec{});
}

void compute(const PpoLossParams& p, const Team& team, const float* moments, float* blocks) {
  const Range mine = team.rows(p.logits.count);
  const Coefficients c = read_coefficients(p, moments);
  for (std::int64_t begin = mine.begin; begin < mine.end; begin += Team::kRowBlock) {
    const std::int64_t end =
        begin + Team::kRowBlock < mine.end ? begin + Team::kRowBlock : mine.end;
    Vec sums[kTerms] = {};
    for (std::int64_t row = begin; row < end; row += kLanes) {
      const int n = end - row < kLanes ? static_cast<int>(end - row) : kLanes;
      compute_rows(p, c, team, row, n, sums);
    }
    float* block = blocks + begin / Team::kRowBlock * kPpoBlock;
    for (int term = 0; term < kTerms; ++term) block[term] = sum_lanes(sums[term]);
  }
}

void finish(const PpoLossParams& p, const float* moments, const float* blocks) {
  const std::int64_t count = (p.logits.count + Team::kRowBlock - 1) / Team::kRowBlock;
  double total[kTerms] = {};
  for (std::int64_t b = 0; b < count; ++b) {
    for (int term = 0; term < kTerms; ++term)
      total[term] += static_cast<double>(blocks[b * kPpoBlock + term]);
  }
  const double scale = 1.0 / static_cast<double>(p.logits.count);
  for (int term = 0; term < kTerms; ++term)
    p.stats[term + 1] = static_cast<float>(total[term] * scale);
  p.stats[6] = moments[0];
  p.stats[7] = moments[1];
  p.stats[0] = p.stats[1] + p.coef[3] * p.stats[2] - p.coef[2] * p.stats[3];
}

}  // namespace

void ppo_loss(const PpoLossParams& p, const Team& team) {
  float* moments = reinterpret_cast<float*>(team.scratch);
  float* blocks = moments + kPpoBlock;
  if (team.phase == 1) return compute(p, team, moments, blocks);
  if (team.rank != 0) return;
  if (team.phase == 0) take_moments(p, moments);
  else finish(p, moments, blocks);
}

}  // namespace carom::cpu::CAROM_ISA
