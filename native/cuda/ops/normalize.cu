#include "cuda/reduce.h"
#include "cuda/teams.h"
#include "ops/normalize.h"

namespace carom::cuda {
namespace {

/// Groups up to this size belong to a warp, larger ones to a block.
constexpr std::int64_t kWarpGroup = 1024;

/// The threads of a group, of which this one is `number` of `of`.
struct WarpTeam {
  static constexpr int of = 32;
  static CAROM_DEVICE int number() { return static_cast<int>(threadIdx.x) % 32; }
  static CAROM_DEVICE std::int64_t first() { return global_index() / 32; }
  static CAROM_DEVICE std::int64_t step() { return global_count() / 32; }
  static CAROM_DEVICE float sum(float value) { return warp_reduce(value, AddUp{}); }
};
struct BlockTeam {
  static constexpr int of = kThreads;
  static CAROM_DEVICE int number() { return static_cast<int>(threadIdx.x); }
  static CAROM_DEVICE std::int64_t first() { return blockIdx.x; }
  static CAROM_DEVICE std::int64_t step() { return gridDim.x; }
  static CAROM_DEVICE float sum(float value) { return block_reduce(value, AddUp{}, 0.0f); }
};

/// Calls body(run, position in the run) for this thread's elements of a group.
template <class Team, class Body>
CAROM_DEVICE void each_element(const NormalizeParams& p, Body body) {
  const std::int64_t size = p.runs * p.length;
  if (p.runs == 1) {
    for (std::int64_t i = Team::number(); i < size; i += Team::of) body(std::int64_t{0}, i);
    return;
  }
  if (size == 0) return;
  // Walks on by run and position, without dividing.
  std::int64_t run = Team::number() / p.length, at = Team::number() % p.length;
  const std::int64_t runs_on = Team::of / p.length, on = Team::of % p.length;
  while (run < p.runs) {
    body(run, at);
    run += runs_on;
    at += on;
    if (at >= p.length) at -= p.length, ++run;
  }
}

/// Sum of value(run, position) over a group. A thread adds a few floats before they join its total,
/// so that long sums lose little.
template <class Team, class Value>
CAROM_DEVICE float sum_group(const NormalizeParams& p, Value value) {
  constexpr int kFew = 32;
  float total = 0, part = 0;
  int count = 0;
  each_element<Team>(p, [&](std::int64_t run, std::int64_t at) {
    part += value(run, at);
    if (++count < kFew) return;
    total += part;
    part = 0;
    count = 0;
  });
  return Team::sum(total + part);
}

CAROM_DEVICE float element(const float* vector, std::int64_t channel, float otherwise) {
  return vector == nullptr ? otherwise : vector[channel];
}

template <class Team>
__global__ void __launch_bounds__(kThreads) forward(NormalizeParams p) {
  const auto size = static_cast<float>(p.runs * p.length);
  for (std::int64_t item = Team::first(); item < p.samples * p.groups; item += Team::step()) {
    const std::int64_t n = item / p.groups, g = item % p.groups, channel = g * p.channels;
    const float* x = p.x.at(n, g);
    float* out = p.out.at(n, g);
    const auto read = [&](std::int64_t run, std::int64_t at) { return x[run * p.x.run + at]; };
    const float mean = p.centred ? sum_group<Team>(p, read) / size : 0.0f;
    const float squares = sum_group<Team>(p, [&](std::int64_t run, std::int64_t at) {
      const float d = read(run, at) - mean;
      return d * d;
    });
    const float rstd = 1.0f / sqrtf(squares / size + p.eps);
    if (Team::number() == 0) {
      p.mean[item] = mean;
      p.rstd[item] = rstd;
    }
    each_element<Team>(p, [&](std::int64_t run, std::int64_t at) {
      const std::int64_t c = channel + (p.along_channels ? at : run);
      out[run * p.out.run + at] =
          (read(run, at) - mean) * rstd * element(p.weight, c, 1) + element(p.bias, c, 0);
    });
  }
}

template <class Team>
__global__ void __launch_bounds__(kThreads) backward(NormalizeParams p) {
  const auto size = static_cast<float>(p.runs * p.length);
  for (std::int64_t item = Team::first(); item < p.samples * p.groups; item += Team::step()) {
    const std::int64_t n = item / p.groups, g = item % p.groups, channel = g * p.channels;
    const float *x = p.x.at(n, g), *dy = p.dy.at(n, g);
    float* dx = p.out.at(n, g);
    const float mean = p.mean[item], rstd = p.rstd[item];
    const auto slope = [&](std::int64_t run, std::int64_t at) {
      return dy[run * p.dy.run + at] *
             element(p.weight, channel + (p.along_channels ? at : run), 1);
    };
    const auto scaled = [&](std::int64_t run, std::int64_t at) {
      return (x[run * p.x.run + at] - mean) * rstd;
    };
    const float product = sum_group<Team>(
        p, [&](std::int64_t run, std::int64_t at) { return slope(run, at) * scaled(run, at); });
    const float sum = p.centred ? sum_group<Team>(p, slope) : 0.0f;
    const float b = -rstd * product / size, c = -rstd * sum / size;
    each_element<Team>(p, [&](std::int64_t run, std::int64_t at) {
      dx[run * p.out.run + at] = slope(run, at) * rstd + (scaled(run, at) * b + c);
    });
  }
}

/// dweight and dbias: sums over samples and positions for each channel.
struct AffineJob {
  struct State {
    float weight, bias;  // a few
    double weights, biases;
    static CAROM_DEVICE State first() { return {0, 0, 0, 0}; }
    CAROM_DEVICE void settle() {
      weights += static_cast<double>(weight);
      biases += static_cast<double>(bias);
      weight = bias = 0;
    }
    CAROM_DEVICE void join(const State& other) {
      weights += other.weights;
      biases += other.biases;
    }
  };
  NormalizeParams p;
  std::int64_t positions;

  CAROM_DEVICE void feed(State& state, std::int64_t channel, Share share) const {
    constexpr int kFew = 16;
    const std::int64_t g = channel / p.channels, k = channel % p.channels;
    std::int64_t i = share.begin + share.number;
    if (i >= share.end) return;
    // Walks on by sample and position, without dividing.
    std::int64_t n = i / positions, s = i % positions;
    const std::int64_t samples_on = share.of / positions, on = share.of % positions;
    int few = 0;
    for (; i < share.end; i += share.of) {
      const std::int64_t run = p.along_channels ? s : k, at = p.along_channels ? k : s;
      const float dy = p.dy.at(n, g)[run * p.dy.run + at];
      const float x = p.x.at(n, g)[run * p.x.run + at];
      const std::int64_t item = n * p.groups + g;
      state.weight += dy * ((x - p.mean[item]) * p.rstd[item]);
      state.bias += dy;
      n += samples_on;
      s += on;
      if (s >= positions) s -= positions, ++n;
      if (++few < kFew) continue;
      state.settle();
      few = 0;
    }
    state.settle();
  }
  CAROM_DEVICE void finish(std::int64_t channel, const State& state) const {
    p.dweight[channel] = static_cast<float>(state.weights);
    p.dbias[channel] = static_cast<float>(state.biases);
  }
};

/// Starts one of two kernels, by the size of groups.
void start_groups(Launch& launch, const NormalizeParams& p, void (*by_warps)(NormalizeParams),
                  void (*by_blocks)(NormalizeParams)) {
  const std::int64_t items = p.samples * p.groups;
  if (p.runs * p.length <= kWarpGroup) {
    start(launch, blocks_for(items * 32), kThreads, 0, by_warps, p);
  } else {
    const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(items, 1 << 20));
    start(launch, blocks, kThreads, 0, by_blocks, p);
  }
}

}  // namespace

void normalize(const NormalizeParams& p, Launch& launch) {
  start_groups(launch, p, forward<WarpTeam>, forward<BlockTeam>);
}

void normalize_backward(const NormalizeParams& p, Launch& launch) {
  if (p.dweight != nullptr) {
    const std::int64_t positions = p.along_channels ? p.runs : p.length;
    run_teams(launch, plan_teams(p.groups * p.channels, p.samples * positions, p.along_channels),
              AffineJob{p, positions});
  }
  start_groups(launch, p, backward<WarpTeam>, backward<BlockTeam>);
}

}  // namespace carom::cuda
