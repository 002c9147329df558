// normalize and its gradient. A group that fits the first-level cache is read three times from
// there: mean, variance, result. The gradients of weight and bias are summed over blocks of
// Team::kRowBlock samples in phase 0, phase 1 adds the blocks in order.
#include "ops/normalize.h"

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Sums of vectors in two levels, so that the error grows with the square root of what one float
/// would make of a long sum.
struct LongSum {
  static constexpr int kInner = 64;
  Vec inner = {}, outer = {};
  int count = 0;

  CAROM_INLINE void add(Vec v, int vectors) {
    inner += v;
    count += vectors;
    if (count < kInner) return;
    outer += inner;
    inner = Vec{};
    count = 0;
  }
  CAROM_INLINE float total() const { return sum_lanes(outer + inner); }
};

CAROM_INLINE std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

CAROM_INLINE Vec keep_first(Vec v, int n) { return lane_numbers() < n ? v : Vec{}; }

/// Calls whole(j) for each full vector of a run and rest(j, lanes) for what is left.
template <class Whole, class Rest>
CAROM_INLINE void over_run(std::int64_t begin, std::int64_t end, Whole whole, Rest rest) {
  std::int64_t j = begin;
  for (; j + kLanes <= end; j += kLanes) whole(j);
  if (j < end) rest(j, static_cast<int>(end - j));
}

/// Sum of f(x) over a group.
template <class F>
CAROM_INLINE float sum_group(const NormalizeParams& p, const float* group, F f) {
  constexpr std::int64_t kPiece = LongSum::kInner * kLanes;
  LongSum sum;
  for (std::int64_t run = 0; run < p.runs; ++run) {
    const float* x = group + run * p.x.run;
    for (std::int64_t begin = 0; begin < p.length; begin += kPiece) {
      const std::int64_t end = least(begin + kPiece, p.length);
      Vec a = {}, b = {};
      std::int64_t j = begin;
      for (; j + 2 * kLanes <= end; j += 2 * kLanes) {
        a += f(load(x + j));
        b += f(load(x + j + kLanes));
      }
      over_run(
          j, end, [&](std::int64_t at) { a += f(load(x + at)); },
          [&](std::int64_t at, int n) { b += keep_first(f(load_first(x + at, n)), n); });
      sum.add(a + b, static_cast<int>((end - begin) / kLanes + 1));
    }
  }
  return sum.total();
}

// ------------------------------------------------------------------------------------- forward

CAROM_INLINE void write_run(std::int64_t length, const float* x, float* out, float mean, float rstd,
                            const float* weight, const float* bias) {
  const auto value = [&](Vec v, Vec w, Vec b) { return (v - mean) * rstd * w + b; };
  const auto plain = [&](Vec v) { return (v - mean) * rstd; };
  if (weight != nullptr && bias != nullptr) {
    over_run(
        0, length,
        [&](std::int64_t j) {
          store(out + j, value(load(x + j), load(weight + j), load(bias + j)));
        },
        [&](std::int64_t j, int n) {
          store_first(out + j,
                      value(load_first(x + j, n), load_first(weight + j, n),
                            load_first(bias + j, n)),
                      n);
        });
    return;
  }
  for (std::int64_t j = 0; j < length; j += kLanes) {
    const int n = static_cast<int>(least(kLanes, length - j));
    Vec y = plain(load_first(x + j, n));
    if (weight != nullptr) y *= load_first(weight + j, n);
    if (bias != nullptr) y += load_first(bias + j, n);
    store_first(out + j, y, n);
  }
}

void normalize_group(const NormalizeParams& p, std::int64_t n, std::int64_t g) {
  const float* group = p.x.at(n, g);
  const float size = static_cast<float>(p.runs * p.length);
  float mean = 0;
  if (p.centred) mean = sum_group(p, group, [](Vec x) { return x; }) / size;
  const float squares = sum_group(p, group, [=](Vec x) { return (x - mean) * (x - mean); });
  const float rstd = 1.0f / __builtin_sqrtf(squares / size + p.eps);
  p.mean[n * p.groups + g] = mean;
  p.rstd[n * p.groups + g] = rstd;
  const std::int64_t channel = g * p.channels;
  const float* weight = p.weight == nullptr ? nullptr : p.weight + channel;
  const float* bias = p.bias == nullptr ? nullptr : p.bias + channel;
  for (std::int64_t run = 0; run < p.runs; ++run) {
    const float* x = group + run * p.x.run;
    float* out = p.out.at(n, g) + run * p.out.run;
    if (p.along_channels) {
      write_run(p.length, x, out, mean, rstd, weight, bias);
      continue;
    }
    const float w = weight == nullptr ? 1.0f : weight[run];
    const float b = bias == nullptr ? 0.0f : bias[run];
    const auto value = [&](Vec v) { return (v - mean) * rstd * w + b; };
    over_run(
        0, p.length, [&](std::int64_t j) { store(out + j, value(load(x + j))); },
        [&](std::int64_t j, int m) { store_first(out + j, value(load_first(x + j, m)), m); });
  }
}

// ------------------------------------------------------------------------------------ backward

/// The two sums that dx needs of a group: of g and of g xhat.
struct GroupSums {
  float g, gx;
};

/// Runs along the channels: dweight and dbias are added to `dweight` and `dbias` vector by vector.
template <bool kAffine>
CAROM_INLINE GroupSums sum_along(const NormalizeParams& p, std::int64_t n, std::int64_t g,
                                 const float* weight, float* dweight, float* dbias) {
  const float mean = p.mean[n * p.groups + g], rstd = p.rstd[n * p.groups + g];
  LongSum sum, product;
  const auto add = [&](Vec dy, Vec x, Vec w, Vec& dw, Vec& db) {
    const Vec xhat = (x - mean) * rstd;
    const Vec scaled = dy * w;
    dw += dy * xhat;
    db += dy;
    sum.inner += scaled;
    product.inner += scaled * xhat;
  };
  const Vec one = splat(1);
  for (std::int64_t run = 0; run < p.runs; ++run) {
    const float* dy = p.dy.at(n, g) + run * p.dy.run;
    const float* x = p.x.at(n, g) + run * p.x.run;
    over_run(
        0, p.length,
        [&](std::int64_t j) {
          Vec dw = {}, db = {};
          if (kAffine) dw = load(dweight + j), db = load(dbias + j);
          add(load(dy + j), load(x + j), weight == nullptr ? one : load(weight + j), dw, db);
          if (kAffine) store(dweight + j, dw), store(dbias + j, db);
        },
        [&](std::int64_t j, int m) {
          Vec dw = {}, db = {};
          if (kAffine) dw = load_first(dweight + j, m), db = load_first(dbias + j, m);
          add(load_first(dy + j, m), load_first(x + j, m),
              weight == nullptr ? one : load_first(weight + j, m), dw, db);
          if (kAffine) store_first(dweight + j, dw, m), store_first(dbias + j, db, m);
        });
    const int vectors = static_cast<int>(least(p.length / kLanes + 1, LongSum::kInner));
    sum.add(Vec{}, vectors);
    product.add(Vec{}, vectors);
  }
  return {sum.total(), product.total()};
}

/// Runs along the positions: one channel each.
CAROM_INLINE GroupSums sum_across(const NormalizeParams& p, std::int64_t n, std::int64_t g,
                                  const float* weight, float* dweight, float* dbias) {
  const float mean = p.mean[n * p.groups + g], rstd = p.rstd[n * p.groups + g];
  GroupSums sums{};
  for (std::int64_t run = 0; run < p.runs; ++run) {
    const float* dy = p.dy.at(n, g) + run * p.dy.run;
    const float* x = p.x.at(n, g) + run * p.x.run;
    LongSum sum, product;
    over_run(
        0, p.length,
        [&](std::int64_t j) {
          const Vec d = load(dy + j);
          product.add(d * (load(x + j) - mean), 1);
          sum.add(d, 1);
        },
        [&](std::int64_t j, int m) {
          const Vec d = load_first(dy + j, m);
          product.add(keep_first(d * (load_first(x + j, m) - mean), m), 1);
          sum.add(d, 1);
        });
    const float db = sum.total(), dw = product.total() * rstd;
    const float w = weight == nullptr ? 1.0f : weight[run];
    sums.g += db * w;
    sums.gx += dw * w;
    if (dweight != nullptr) dweight[run] += dw, dbias[run] += db;
  }
  return sums;
}

CAROM_INLINE void write_dx(const NormalizeParams& p, std::int64_t n, std::int64_t g,
                           const float* weight, GroupSums sums) {
  const float mean = p.mean[n * p.groups + g], rstd = p.rstd[n * p.groups + g];
  const float size = static_cast<float>(p.runs * p.length);
  // dx = dy a + x b + c, where a holds the weight
  const float b = -rstd * rstd * sums.gx / size;
  const float c = (p.centred ? -rstd * sums.g / size : 0.0f);
  const auto slope = [&](Vec dy, Vec x, Vec w) { return dy * w * rstd + ((x - mean) * b + c); };
  for (std::int64_t run = 0; run < p.runs; ++run) {
    const float* dy = p.dy.at(n, g) + run * p.dy.run;
    const float* x = p.x.at(n, g) + run * p.x.run;
    float* dx = p.out.at(n, g) + run * p.out.run;
    const bool vector = weight != nullptr && p.along_channels;
    const Vec fixed = splat(weight == nullptr || p.along_channels ? 1.0f : weight[run]);
    over_run(
        0, p.length,
        [&](std::int64_t j) {
          store(dx + j, slope(load(dy + j), load(x + j), vector ? load(weight + j) : fixed));
        },
        [&](std::int64_t j, int m) {
          const Vec w = vector ? load_first(weight + j, m) : fixed;
          store_first(dx + j, slope(load_first(dy + j, m), load_first(x + j, m), w), m);
        });
  }
}

void differentiate_group(const NormalizeParams& p, std::int64_t n, std::int64_t g, float* block) {
  const std::int64_t channel = g * p.channels;
  const float* weight = p.weight == nullptr ? nullptr : p.weight + channel;
  float* dweight = block == nullptr ? nullptr : block + channel;
  float* dbias = block == nullptr ? nullptr : dweight + p.groups * p.channels;
  const GroupSums sums = !p.along_channels ? sum_across(p, n, g, weight, dweight, dbias)
                         : block != nullptr ? sum_along<true>(p, n, g, weight, dweight, dbias)
                                            : sum_along<false>(p, n, g, weight, nullptr, nullptr);
  write_dx(p, n, g, weight, sums);
}

/// Samples [begin, end) of one block, groups [first, last).
void differentiate_block(const NormalizeParams& p, float* scratch, Range samples, Range groups) {
  float* block = nullptr;
  if (p.dweight != nullptr) {
    block = scratch + samples.begin / Team::kRowBlock * 2 * p.groups * p.channels;
    const std::int64_t all = p.groups * p.channels;
    for (std::int64_t c = groups.begin * p.channels; c < groups.end * p.channels; ++c) {
      block[c] = 0;
      block[all + c] = 0;
    }
  }
  for (std::int64_t n = samples.begin; n < samples.end; ++n) {
    for (std::int64_t g = groups.begin; g < groups.end; ++g) differentiate_group(p, n, g, block);
  }
}

void differentiate(const NormalizeParams& p, const Team& team, float* scratch) {
  if (p.by_rows) {
    const Range mine = team.rows(p.samples);
    for (std::int64_t n = mine.begin; n < mine.end; n += Team::kRowBlock) {
      const Range samples{n, least(n + Team::kRowBlock, mine.end)};
      differentiate_block(p, scratch, samples, {0, p.groups});
    }
    return;
  }
  const std::int64_t blocks = (p.samples + Team::kRowBlock - 1) / Team::kRowBlock;
  const Range mine = team.share(blocks * p.groups);
  for (std::int64_t item = mine.begin; item < mine.end; ++item) {
    const std::int64_t n = item / p.groups * Team::kRowBlock, g = item % p.groups;
    differentiate_block(p, scratch, {n, least(n + Team::kRowBlock, p.samples)}, {g, g + 1});
  }
}

void add_blocks(const NormalizeParams& p, const Team& team, const float* scratch) {
  const std::int64_t blocks = (p.samples + Team::kRowBlock - 1) / Team::kRowBlock;
  const std::int64_t channels = p.groups * p.channels;
  const Range mine = team.share(channels, kLanes);
  for (std::int64_t c = mine.begin; c < mine.end; c += kLanes) {
    const int n = static_cast<int>(least(kLanes, mine.end - c));
    Vec dw = {}, db = {};
    for (std::int64_t b = 0; b < blocks; ++b) {
      const float* block = scratch + b * 2 * channels + c;
      dw += load_first(block, n);
      db += load_first(block + channels, n);
    }
    store_first(p.dweight + c, dw, n);
    store_first(p.dbias + c, db, n);
  }
}

}  // namespace

void normalize(const NormalizeParams& p, const Team& team) {
  if (p.by_rows) {
    const Range mine = team.rows(p.samples);
    for (std::int64_t n = mine.begin; n < mine.end; ++n) {
      for (std::int64_t g = 0; g < p.groups; ++g) normalize_group(p, n, g);
    }
    return;
  }
  const Range mine = team.share(p.samples * p.groups);
  for (std::int64_t item = mine.begin; item < mine.end; ++item) {
    normalize_group(p, item / p.groups, item % p.groups);
  }
}

void normalize_backward(const NormalizeParams& p, const Team& team) {
  float* scratch = reinterpret_cast<float*>(team.scratch);
  if (team.phase == 0) differentiate(p, team, scratch);
  else add_blocks(p, team, scratch);
}

}  // namespace carom::cpu::CAROM_ISA
