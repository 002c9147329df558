// softmax family. Short rows are worked on kLanes at a time, one row per lane; long rows one by
// one, along the row; rows whose neighbours are dense (the softmax of another axis) four vectors of
// rows at a time. Exponentials wait in the output for their sum.
#include "ops/softmax.h"

#include <type_traits>

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr std::int64_t kShortRow = 2 * kLanes;

CAROM_INLINE int lanes_left(std::int64_t from, std::int64_t end) {
  return end - from < kLanes ? static_cast<int>(end - from) : kLanes;
}

/// -inf in the lanes from n on.
CAROM_INLINE Vec pad_lowest(Vec v, int n) {
  return lane_numbers() < n ? v : splat(-__builtin_inff());
}

CAROM_INLINE Vec pad_zero(Vec v, int n) { return lane_numbers() < n ? v : Vec{}; }

// --------------------------------------------------------------------------- a row per lane

void forward_short(const SoftmaxParams& p, std::int64_t row, int n) {
  Vec kept[kShortRow];
  const std::int64_t columns = p.in.columns;
  for (std::int64_t a = 0; a < columns; ++a)
    kept[a] = gather_first(p.in[row] + a, p.in.stride, n);
  Vec top = kept[0];
  for (std::int64_t a = 1; a < columns; ++a) top = vmax(top, kept[a]);
  Vec sum = {};
  for (std::int64_t a = 0; a < columns; ++a) {
    const Vec e = math::exp(kept[a] - top);
    kept[a] = p.log ? kept[a] - top : e;
    sum += e;
  }
  const Vec last = p.log ? math::log(sum) : 1.0f / sum;
  for (std::int64_t a = 0; a < columns; ++a)
    scatter_first(p.out[row] + a, p.out.stride, p.log ? kept[a] - last : kept[a] * last, n);
}

void backward_short(const SoftmaxParams& p, std::int64_t row, int n) {
  const auto dy = [&](std::int64_t a) { return gather_first(p.in[row] + a, p.in.stride, n); };
  const auto y = [&](std::int64_t a) { return gather_first(p.y[row] + a, p.y.stride, n); };
  Vec sum = {};
  for (std::int64_t a = 0; a < p.in.columns; ++a) sum += p.log ? dy(a) : dy(a) * y(a);
  for (std::int64_t a = 0; a < p.in.columns; ++a) {
    const Vec dx = p.log ? dy(a) - math::exp(y(a)) * sum : y(a) * (dy(a) - sum);
    scatter_first(p.out[row] + a, p.out.stride, dx, n);
  }
}

// --------------------------------------------------------------------------- along the row

/// Calls body(a, lanes, whole) for each vector of a row; `whole` is a constant.
template <class Body>
CAROM_INLINE void over_row(std::int64_t columns, Body body) {
  std::int64_t a = 0;
  for (; a + kLanes <= columns; a += kLanes) body(a, kLanes, std::true_type{});
  if (a < columns) body(a, static_cast<int>(columns - a), std::false_type{});
}

template <class Whole>
CAROM_INLINE Vec load_part(const float* at, int n, Whole whole) {
  if constexpr (whole.value) return load(at);
  else return load_first(at, n);
}

template <class Whole>
CAROM_INLINE void store_part(float* at, Vec v, int n, Whole whole) {
  if constexpr (whole.value) store(at, v);
  else store_first(at, v, n);
}

void forward_long(const SoftmaxParams& p, std::int64_t row) {
  const float* in = p.in[row];
  float* out = p.out[row];
  Vec tops = splat(-__builtin_inff());
  over_row(p.in.columns, [&](std::int64_t a, int n, auto whole) {
    const Vec v = load_part(in + a, n, whole);
    tops = vmax(tops, whole.value ? v : pad_lowest(v, n));
  });
  const float most = max_lanes(tops);
  Vec sums = {};
  over_row(p.in.columns, [&](std::int64_t a, int n, auto whole) {
    const Vec z = load_part(in + a, n, whole) - most;
    const Vec e = math::exp(z);
    store_part(out + a, p.log ? z : e, n, whole);
    sums += whole.value ? e : pad_zero(e, n);
  });
  const float sum = sum_lanes(sums);
  const float factor = 1.0f / sum, log_sum = math::log(sum);
  over_row(p.in.columns, [&](std::int64_t a, int n, auto whole) {
    const Vec v = load_part(out + a, n, whole);
    store_part(out + a, p.log ? v - log_sum : v * factor, n, whole);
  });
}

void backward_long(const SoftmaxParams& p, std::int64_t row) {
  const float* dy = p.in[row];
  const float* y = p.y[row];
  float* out = p.out[row];
  Vec sums = {};
  over_row(p.in.columns, [&](std::int64_t a, int n, auto whole) {
    const Vec d = load_part(dy + a, n, whole);
    sums += p.log ? d : d * load_part(y + a, n, whole);
  });
  const float sum = sum_lanes(sums);
  over_row(p.in.columns, [&](std::int64_t a, int n, auto whole) {
    const Vec d = load_part(dy + a, n, whole), v = load_part(y + a, n, whole);
    store_part(out + a, p.log ? d - math::exp(v) * sum : v * (d - sum), n, whole);
  });
}

// ------------------------------------------------------------------------- across dense rows

/// Up to four vectors of rows, so that whole cache lines are read.
constexpr int kWide = 4;

template <class T>
CAROM_INLINE T* at(const Across<T>& across, std::int64_t outer, std::int64_t inner) {
  return across.data + outer * across.outer + inner;
}

template <int vectors>
void forward_across(const SoftmaxParams& p, std::int64_t outer, std::int64_t inner, int lanes) {
  const float* in = at(p.in_across, outer, inner);
  float* out = at(p.out_across, outer, inner);
  const std::int64_t from = p.in_across.column, to = p.out_across.column;
  const bool whole = vectors > 1 || lanes == kLanes;
  const auto read = [&](const float* x, int j) {
    return whole ? load(x + j * kLanes) : load_first(x, lanes);
  };
  const auto write = [&](float* x, int j, Vec v) {
    if (whole) store(x + j * kLanes, v);
    else store_first(x, v, lanes);
  };
  Vec top[vectors], sum[vectors] = {};
  for (int j = 0; j < vectors; ++j) top[j] = read(in, j);
  for (std::int64_t a = 1; a < p.columns; ++a) {
    for (int j = 0; j < vectors; ++j) top[j] = vmax(top[j], read(in + a * from, j));
  }
  for (std::int64_t a = 0; a < p.columns; ++a) {
    for (int j = 0; j < vectors; ++j) {
      const Vec z = read(in + a * from, j) - top[j];
      const Vec e = math::exp(z);
      sum[j] += e;
      write(out + a * to, j, p.log ? z : e);
    }
  }
  for (int j = 0; j < vectors; ++j) sum[j] = p.log ? math::log(sum[j]) : 1.0f / sum[j];
  for (std::int64_t a = 0; a < p.columns; ++a) {
    for (int j = 0; j < vectors; ++j) {
      const Vec v = read(out + a * to, j);
      write(out + a * to, j, p.log ? v - sum[j] : v * sum[j]);
    }
  }
}

template <int vectors>
void backward_across(const SoftmaxParams& p, std::int64_t outer, std::int64_t inner, int lanes) {
  const float* dy = at(p.in_across, outer, inner);
  const float* y = at(p.y_across, outer, inner);
  float* out = at(p.out_across, outer, inner);
  const bool whole = vectors > 1 || lanes == kLanes;
  const auto read = [&](const float* x, int j) {
    return whole ? load(x + j * kLanes) : load_first(x, lanes);
  };
  Vec sum[vectors] = {};
  for (std::int64_t a = 0; a < p.columns; ++a) {
    for (int j = 0; j < vectors; ++j) {
      const Vec d = read(dy + a * p.in_across.column, j);
      sum[j] += p.log ? d : d * read(y + a * p.y_across.column, j);
    }
  }
  for (std::int64_t a = 0; a < p.columns; ++a) {
    for (int j = 0; j < vectors; ++j) {
      const Vec d = read(dy + a * p.in_across.column, j), v = read(y + a * p.y_across.column, j);
      const Vec dx = p.log ? d - math::exp(v) * sum[j] : v * (d - sum[j]);
      float* target = out + a * p.out_across.column + j * kLanes;
      if (whole) store(target, dx);
      else store_first(target, dx, lanes);
    }
  }
}

/// Shares groups of kWide vectors of rows; each group within one of the P.
template <class Wide, class Single>
void for_each_group(const SoftmaxParams& p, const Team& team, Wide wide, Single single) {
  if (p.columns == 0) return;
  constexpr std::int64_t kGroup = kWide * kLanes;
  const std::int64_t groups = (p.inner + kGroup - 1) / kGroup;
  const Range mine = team.share(p.outer * groups);
  for (std::int64_t item = mine.begin; item < mine.end; ++item) {
    const std::int64_t outer = item / groups, begin = item % groups * kGroup;
    if (begin + kGroup <= p.inner) {
      wide(p, outer, begin, kLanes);
      continue;
    }
    for (std::int64_t i = begin; i < p.inner; i += kLanes)
      single(p, outer, i, lanes_left(i, p.inner));
  }
}

template <class Short, class Long>
void for_each_row(const SoftmaxParams& p, const Team& team, Short short_rows, Long long_row) {
  if (p.in.columns == 0) return;
  const Range mine = team.share(p.in.count, kLanes);
  if (p.in.columns > kShortRow) {
    for (std::int64_t row = mine.begin; row < mine.end; ++row) long_row(p, row);
  } else {
    for (std::int64_t row = mine.begin; row < mine.end; row += kLanes) {
      short_rows(p, row, lanes_left(row, mine.end));
    }
  }
}

}  // namespace

void softmax(const SoftmaxParams& p, const Team& team) {
  if (p.across) return for_each_group(p, team, forward_across<kWide>, forward_across<1>);
  for_each_row(p, team, forward_short, forward_long);
}

void softmax_backward(const SoftmaxParams& p, const Team& team) {
  if (p.across) return for_each_group(p, team, backward_across<kWide>, backward_across<1>);
  for_each_row(p, team, backward_short, backward_long);
}

}  // namespace carom::cpu::CAROM_ISA
