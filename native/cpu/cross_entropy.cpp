// crossEntropy, row by row: largest logit, sum of exponentials, loss, gradient. Where the gradient
// is wanted its row holds the exponentials in between. With a reduction, phase 0 counts the rows,
// phase 1 computes them and phase 2 adds their losses, always in the same order.
#include "ops/cross_entropy.h"

#include "core/fault.h"
#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr std::int64_t kHead = 16;  // floats of scratch before the row losses: {scale}

CAROM_INLINE int lanes_left(std::int64_t from, std::int64_t end) {
  return end - from < kLanes ? static_cast<int>(end - from) : kLanes;
}

CAROM_INLINE Vec keep_first(Vec v, int n) { return lane_numbers() < n ? v : Vec{}; }

CAROM_INLINE float max_of(const float* x, std::int64_t columns) {
  const Vec low = splat(-__builtin_inff());
  Vec a = low, b = low;
  std::int64_t c = 0;
  for (; c + 2 * kLanes <= columns; c += 2 * kLanes) {
    a = vmax(a, load(x + c));
    b = vmax(b, load(x + c + kLanes));
  }
  for (; c < columns; c += kLanes) {
    const int n = lanes_left(c, columns);
    a = vmax(a, lane_numbers() < n ? load_first(x + c, n) : low);
  }
  return max_lanes(vmax(a, b));
}

/// Sum of exp(x - top); the terms themselves go to `out` unless it is null.
CAROM_INLINE float sum_exp(const float* x, std::int64_t columns, float top, float* out) {
  Vec a = {}, b = {};
  std::int64_t c = 0;
  for (; c + 2 * kLanes <= columns; c += 2 * kLanes) {
    const Vec e = math::exp(load(x + c) - top), f = math::exp(load(x + c + kLanes) - top);
    a += e;
    b += f;
    if (out == nullptr) continue;
    store(out + c, e);
    store(out + c + kLanes, f);
  }
  for (; c < columns; c += kLanes) {
    const int n = lanes_left(c, columns);
    const Vec e = math::exp(load_first(x + c, n) - top);
    a += keep_first(e, n);
    if (out != nullptr) store_first(out + c, e, n);
  }
  return sum_lanes(a + b);
}

/// Sum of f(c, lanes) over a row.
template <class F>
CAROM_INLINE float sum_row(std::int64_t columns, F f) {
  Vec sum = {};
  for (std::int64_t c = 0; c < columns; c += kLanes) {
    const int n = lanes_left(c, columns);
    sum += keep_first(f(c, n), n);
  }
  return sum_lanes(sum);
}

CAROM_INLINE void fill_row(float* out, std::int64_t columns, float value) {
  for (std::int64_t c = 0; c < columns; ++c) out[c] = value;
}

/// A row whose target is a class. Returns its loss.
CAROM_INLINE float class_row(const CrossEntropyParams& p, const Team& team, std::int64_t row,
                             float scale) {
  const float* x = p.logits[row];
  const std::int64_t columns = p.logits.columns;
  float* d = p.dlogits.data == nullptr ? nullptr : p.dlogits[row];
  const std::int32_t target = p.target[row];
  const bool ignored = p.ignoring && target == p.ignore;
  if (!ignored && (target < 0 || target >= columns))
    team.fault->raise("crossEntropy", row, target, columns);
  if (ignored || target < 0 || target >= columns) {
    if (d != nullptr) fill_row(d, columns, 0);
    return 0;
  }
  const float top = max_of(x, columns);
  const float likely = x[target];
  const float sum = sum_exp(x, columns, top, d);
  const float log_sum = math::log(sum);
  const float s = p.smoothing, even = s / static_cast<float>(columns);
  float loss = (top - likely) + log_sum;
  if (s > 0) {
    const float all = sum_row(columns, [&](std::int64_t c, int n) {
      return (top - load_first(x + c, n)) + log_sum;
    });
    loss = (1 - s) * loss + even * all;
  }
  if (d == nullptr) return loss;
  const float factor = scale / sum, shift = even * scale;
  std::int64_t c = 0;
  for (; c + kLanes <= columns; c += kLanes) store(d + c, load(d + c) * factor - shift);
  if (c < columns) {
    const int n = lanes_left(c, columns);
    store_first(d + c, load_first(d + c, n) * factor - shift, n);
  }
  d[target] -= (1 - s) * scale;
  return loss;
}

/// A row whose target is a distribution.
CAROM_INLINE float shares_row(const CrossEntropyParams& p, std::int64_t row, float scale) {
  const float* x = p.logits[row];
  const float* t = p.shares[row];
  const std::int64_t columns = p.logits.columns;
  float* d = p.dlogits.data == nullptr ? nullptr : p.dlogits[row];
  const float keep = 1 - p.smoothing, even = p.smoothing / static_cast<float>(columns);
  const float top = max_of(x, columns);
  const float sum = sum_exp(x, columns, top, d);
  const float log_sum = math::log(sum);
  const auto share = [&](std::int64_t c, int n) { return load_first(t + c, n) * keep + even; };
  const float loss = sum_row(columns, [&](std::int64_t c, int n) {
    const Vec part = share(c, n);  // no share costs nothing, even of a probability of 0
    return part == splat(0) ? Vec{} : part * ((top - load_first(x + c, n)) + log_sum);
  });
  if (d == nullptr) return loss;
  const float factor = sum_row(columns, share) / sum;
  for (std::int64_t c = 0; c < columns; c += kLanes) {
    const int n = lanes_left(c, columns);
    store_first(d + c, (load_first(d + c, n) * factor - share(c, n)) * scale, n);
  }
  return loss;
}

/// What the gradient is multiplied by: 1, or 1 / the number of rows that count.
float scale_of(const CrossEntropyParams& p) {
  if (p.reduction != Reduction::mean) return 1;
  std::int64_t count = p.logits.count;
  if (p.ignoring) {
    for (std::int64_t row = 0; row < p.logits.count; ++row) count -= p.target[row] == p.ignore;
  }
  return 1.0f / static_cast<float>(count);
}

void compute(const CrossEntropyParams& p, const Team& team, float scale, float* losses,
             std::int64_t stride) {
  const Range mine = team.rows(p.logits.count);
  for (std::int64_t row = mine.begin; row < mine.end; ++row) {
    losses[row * stride] =
        p.target.data != nullptr ? class_row(p, team, row, scale) : shares_row(p, row, scale);
  }
}

void add_up(const CrossEntropyParams& p, float scale, const float* losses) {
  constexpr std::int64_t kBlock = 1024;
  double total = 0;
  for (std::int64_t begin = 0; begin < p.logits.count; begin += kBlock) {
    const std::int64_t end = begin + kBlock < p.logits.count ? begin + kBlock : p.logits.count;
    const float sum = sum_row(end - begin, [&](std::int64_t i, int n) {
      return load_first(losses + begin + i, n);
    });
    total += static_cast<double>(sum);
  }
  // With no rows that count the scale is infinite, and the mean 0 / 0.
  p.loss[0] = p.reduction == Reduction::mean ? static_cast<float>(total) * scale
                                             : static_cast<float>(total);
}

}  // namespace

void cross_entropy(const CrossEntropyParams& p, const Team& team) {
  if (p.reduction == Reduction::none) return compute(p, team, 1, p.loss.data, p.loss.stride);
  float* scale = reinterpret_cast<float*>(team.scratch);
  float* losses = scale + kHead;
  if (team.phase == 1) return compute(p, team, *scale, losses, 1);
  if (team.rank != 0) return;
  if (team.phase == 0) *scale = scale_of(p);
  else add_up(p, *scale, losses);
}

}  // namespace carom::cpu::CAROM_ISA
