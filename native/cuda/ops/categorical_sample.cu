#include "cuda/philox.h"
#include "ops/categorical_sample.h"
#include "ops/math.h"

namespace carom::cuda {
namespace {

/// Lanes that share a row, which goes over `width` columns at a time.
template <int width>
struct Team {
  int lane;   // of the team
  int first;  // the team's first lane in the warp

  /// All lanes' values combined, for every lane.
  template <class Combine>
  CAROM_DEVICE float all(float value, Combine combine) const {
    for (int step = width / 2; step > 0; step /= 2) {
      value = combine(value, __shfl_xor_sync(0xFFFFFFFFu, value, step, width));
    }
    return value;
  }
  /// The sum of the values up to this lane.
  CAROM_DEVICE float upto(float value) const {
    for (int step = 1; step < width; step *= 2) {
      const float other = __shfl_up_sync(0xFFFFFFFFu, value, static_cast<unsigned>(step), width);
      if (lane >= step) value += other;
    }
    return value;
  }
  /// The value of one of the lanes.
  CAROM_DEVICE float of(float value, int from) const {
    return __shfl_sync(0xFFFFFFFFu, value, from, width);
  }
  /// Bit i: the predicate of lane i.
  CAROM_DEVICE unsigned where(bool predicate) const {
    const unsigned bits = __ballot_sync(0xFFFFFFFFu, predicate) >> first;
    return width == 32 ? bits : bits & ((1u << (width % 32)) - 1u);
  }
};

struct Sum {
  CAROM_DEVICE float operator()(float a, float b) const { return a + b; }
};
/// NaN wins, whichever it is.
struct Top {
  CAROM_DEVICE float operator()(float a, float b) const { return a > b || a != a ? a : b; }
};

/// One row's logits as a team sees them; columns past the end count for nothing.
template <int width>
struct Logits {
  const float* row;
  std::int64_t columns;
  Team<width> team;
  float top, total;

  CAROM_DEVICE float raw(std::int64_t a) const { return a < columns ? row[a] : -__builtin_inff(); }
  CAROM_DEVICE float exponential(std::int64_t a) const {
    return a < columns ? math::exp(row[a] - top) : 0.0f;
  }

  CAROM_DEVICE void measure() {
    top = -__builtin_inff();
    for (std::int64_t a = 0; a < columns; a += width) top = Top{}(top, raw(a + team.lane));
    top = team.all(top, Top{});
    total = 0;
    for (std::int64_t a = 0; a < columns; a += width) total += exponential(a + team.lane);
    total = team.all(total, Sum{});
  }

  /// The first of the largest; 0 where nothing compares.
  CAROM_DEVICE std::int64_t choose_greedy() const {
    std::int64_t action = -1;
    for (std::int64_t a = 0; a < columns; a += width) {
      const std::int64_t mine = a + team.lane;
      const unsigned hits = team.where(mine < columns && raw(mine) == top);
      if (action < 0 && hits != 0) action = a + __ffs(static_cast<int>(hits)) - 1;
    }
    return action < 0 ? 0 : action;
  }

  /// The first action whose cumulative weight exceeds the threshold, else the last that has any.
  CAROM_DEVICE std::int64_t choose(float threshold) const {
    std::int64_t action = -1, last = 0;
    float before = 0;
    for (std::int64_t a = 0; a < columns; a += width) {
      const float weight = exponential(a + team.lane);
      const float cumulative = before + team.upto(weight);
      const unsigned present = team.where(weight > 0.0f);
      const unsigned hits = team.where(weight > 0.0f && cumulative > threshold);
      if (action < 0 && hits != 0) action = a + __ffs(static_cast<int>(hits)) - 1;
      if (present != 0) last = a + 31 - __clz(static_cast<int>(present));
      before = team.of(cumulative, width - 1);
    }
    return action < 0 ? last : action;
  }
};

/// All lanes of a warp go through the same number of columns: only rows differ between teams.
template <int width>
__global__ void sample_kernel(CategoricalSampleParams p) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const Team<width> team{lane % width, lane - lane % width};
  const std::int64_t step = global_count() / width;
  // Teams past the last row go along with their warp and write nothing.
  const std::int64_t begin = (global_index() - lane) / width;
  for (std::int64_t at = begin; at < p.logits.count; at += step) {
    const std::int64_t wanted = at + lane / width;
    const bool exists = wanted < p.logits.count;
    const std::int64_t row = exists ? wanted : at;
    Logits<width> logits{p.logits[row], p.logits.columns, team, 0, 0};
    logits.measure();
    const philox::Words words = philox::block(p.state, static_cast<std::uint32_t>(row / 4));
    const int word = static_cast<int>(row % 4);
    const std::uint32_t drawn = word == 0   ? words.at[0]
                                : word == 1 ? words.at[1]
                                : word == 2 ? words.at[2]
                                            : words.at[3];
    const std::int64_t action =
        p.greedy ? logits.choose_greedy() : logits.choose(philox::to_uniform(drawn) * logits.total);
    if (exists && team.lane == 0) {
      p.action[row] = static_cast<std::int32_t>(action);
      p.log_prob[row] = logits.row[action] - logits.top - math::log(logits.total);
    }
  }
  advance_if_alone(p.state);
}

template <int width>
void sample(const CategoricalSampleParams& p, Launch& launch) {
  const unsigned blocks = blocks_for(p.logits.count * width);
  start(launch, blocks, kThreads, 0, sample_kernel<width>, p);
  advance_after(launch, blocks, p.state);
}

}  // namespace

void categorical_sample(const CategoricalSampleParams& p, Launch& launch) {
  if (p.logits.columns <= 4) return sample<4>(p, launch);
  if (p.logits.columns <= 8) return sample<8>(p, launch);
  return sample<32>(p, launch);
}

}  // namespace carom::cuda
