#include "ops/reduce.h"

#include <type_traits>

#include "cpu/simd.h"
#include "ops/folds.h"

namespace carom::cpu::CAROM_ISA {
namespace {

using namespace folds;

/// Floats summed in float before they join a double.
constexpr std::int64_t kFloatRun = 1024;

// -------------------------------------------------------------------------------- reducers
// Each one is fed runs of elements and keeps what it needs between runs.

/// Sum of doubles, in kLanes chains.
template <class T>
struct Sum {
  double total = 0;
  CAROM_INLINE void run(const T* x, std::int64_t n, std::int64_t stride, std::int64_t) {
    double lanes[kLanes] = {};
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (int l = 0; l < kLanes; ++l) lanes[l] += static_cast<double>(x[(i + l) * stride]);
    }
    for (; i < n; ++i) total += static_cast<double>(x[i * stride]);
    for (int l = 0; l < kLanes; ++l) total += lanes[l];
  }
};

template <>
struct Sum<float> {
  double total = 0;
  CAROM_INLINE void run(const float* x, std::int64_t n, std::int64_t stride, std::int64_t) {
    for (std::int64_t begin = 0; begin < n; begin += kFloatRun) {
      const std::int64_t end = begin + kFloatRun < n ? begin + kFloatRun : n;
      total += static_cast<double>(stride == 1 ? dense(x + begin, end - begin)
                                               : strided(x + begin * stride, end - begin, stride));
    }
  }
  static CAROM_INLINE float dense(const float* x, std::int64_t n) {
    Vec a = {}, b = {};
    std::int64_t i = 0;
    for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
      a += load(x + i);
      b += load(x + i + kLanes);
    }
    for (; i < n; i += kLanes)
      a += load_first(x + i, n - i < kLanes ? static_cast<int>(n - i) : kLanes);
    return sum_lanes(a + b);
  }
  static CAROM_INLINE float strided(const float* x, std::int64_t n, std::int64_t stride) {
    float a = 0, b = 0, c = 0, d = 0;
    std::int64_t i = 0;
    for (; i + 4 <= n; i += 4) {
      a += x[i * stride];
      b += x[(i + 1) * stride];
      c += x[(i + 2) * stride];
      d += x[(i + 3) * stride];
    }
    for (; i < n; ++i) a += x[i * stride];
    return (a + b) + (c + d);
  }
};

/// Integers wrap around.
template <>
struct Sum<std::int32_t> {
  std::uint32_t total = 0;
  CAROM_INLINE void run(const std::int32_t* x, std::int64_t n, std::int64_t stride, std::int64_t) {
    for (std::int64_t i = 0; i < n; ++i) total += static_cast<std::uint32_t>(x[i * stride]);
  }
};

/// Elements are folded in as many chains as fill a vector register or two.
template <class T, class How>
struct Fold {
  static constexpr int kChains = 8 * kLanes / static_cast<int>(sizeof(T));
  T total = How::kFirst;
  CAROM_INLINE void run(const T* x, std::int64_t n, std::int64_t stride, std::int64_t) {
    std::int64_t i = 0;
    if (stride == 1 && n >= kChains) {
      T chains[kChains];
      for (int c = 0; c < kChains; ++c) chains[c] = How::kFirst;
      for (; i + kChains <= n; i += kChains) {
        for (int c = 0; c < kChains; ++c) chains[c] = How::join(chains[c], x[i + c]);
      }
      for (int c = 0; c < kChains; ++c) total = How::join(total, chains[c]);
    }
    for (; i < n; ++i) total = How::join(total, x[i * stride]);
  }
};

/// Position of the best element: the first of equals, the first NaN before all.
template <class T, class How>
struct Position {
  T best{};
  std::int64_t position = -1;
  CAROM_INLINE void run(const T* x, std::int64_t n, std::int64_t stride, std::int64_t at) {
    if (best != best) return;
    Fold<T, How> fold;
    fold.run(x, n, stride, at);
    const T top = fold.total;
    if (position >= 0 && top == top && !How::better(top, best)) return;
    best = top;
    std::int64_t i = 0;
    while (i < n && !(x[i * stride] == top || (top != top && x[i * stride] != x[i * stride]))) ++i;
    position = at + i;
  }
};

// ---------------------------------------------------------------------------------- loops

CAROM_INLINE std::int64_t offset_of(const LoopNest& nest, std::int64_t i, std::int64_t skip) {
  std::int64_t offset = 0;
  int d = nest.rank - 1 - static_cast<int>(skip);
  for (; d > 0; --d) {
    offset += i % nest.shape[d] * nest.strides[d];
    i /= nest.shape[d];
  }
  return d == 0 ? offset + i * nest.strides[0] : offset;
}

/// Feeds all reduced elements of one result to a reducer, run by run.
template <class T, class Reducer>
CAROM_INLINE void feed(const ReduceParams& p, const T* in, Reducer& reducer) {
  const std::int64_t length = p.inner.shape[p.inner.rank - 1];
  const std::int64_t stride = p.inner.strides[p.inner.rank - 1];
  if (p.inner.size == 0) return;
  if (p.inner.rank == 1) return reducer.run(in, length, stride, 0);
  for (std::int64_t run = 0; run < p.inner.size / length; ++run) {
    reducer.run(in + offset_of(p.inner, run, 1), length, stride, run * length);
  }
}

template <class T, class Reducer, class Out, class Finish>
void each_result(const ReduceParams& p, const Team& team, Finish finish) {
  const Range mine = team.share(p.outer.size, 64 / static_cast<std::int64_t>(sizeof(Out)));
  const T* in = reinterpret_cast<const T*>(p.in);
  Out* out = reinterpret_cast<Out*>(p.out);
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    Reducer reducer;
    feed(p, in + offset_of(p.outer, i, 0), reducer);
    out[i] = finish(reducer);
  }
}

// -------------------------------------------------------------------------------- columns
// Results are neighbours in memory and what is reduced is not: whole stretches of results are
// worked on together, row by row.

constexpr std::int64_t kStretch = 256;
/// Rows summed before they join a total.
constexpr std::int64_t kRowBlock = 64;

bool has_columns(const ReduceParams& p) {
  const int last = p.outer.rank - 1;
  return p.outer.strides[last] == 1 && p.outer.shape[last] >= 4 && p.inner.size > 0 &&
         p.inner.strides[p.inner.rank - 1] != 1;
}

/// Calls `body(in, out, n)` for stretches of n results.
template <class T, class Out, class Body>
CAROM_INLINE void each_stretch(const ReduceParams& p, const Team& team, Body body) {
  const Range mine = team.share(p.outer.size, 64 / static_cast<std::int64_t>(sizeof(Out)));
  const T* in = reinterpret_cast<const T*>(p.in);
  Out* out = reinterpret_cast<Out*>(p.out);
  const std::int64_t columns = p.outer.shape[p.outer.rank - 1];
  for (std::int64_t at = mine.begin; at < mine.end;) {
    std::int64_t n = columns - at % columns;
    n = n < kStretch ? n : kStretch;
    n = n < mine.end - at ? n : mine.end - at;
    body(in + offset_of(p.outer, at, 0), out + at, n);
    at += n;
  }
}

/// Calls `body(row, number)` for each reduced row of a stretch.
template <class T, class Body>
CAROM_INLINE void each_row(const ReduceParams& p, const T* in, Body body) {
  const std::int64_t length = p.inner.shape[p.inner.rank - 1];
  const std::int64_t stride = p.inner.strides[p.inner.rank - 1];
  for (std::int64_t run = 0; run < p.inner.size; run += length) {
    const T* row = in + offset_of(p.inner, run / length, 1);
    for (std::int64_t i = 0; i < length; ++i) body(row + i * stride, run + i);
  }
}

template <class T, class Total>
void sum_columns(const ReduceParams& p, const Team& team) {
  const double count = p.kind == ReduceKind::mean ? static_cast<double>(p.inner.size) : 1.0;
  each_stretch<T, T>(p, team, [&](const T* in, T* out, std::int64_t n) {
    Total total[kStretch], sum[kStretch];
    for (std::int64_t j = 0; j < n; ++j) total[j] = sum[j] = 0;
    each_row<T>(p, in, [&](const T* row, std::int64_t i) {
#pragma GCC ivdep
      for (std::int64_t j = 0; j < n; ++j) sum[j] += static_cast<Total>(row[j]);
      if ((i + 1) % kRowBlock != 0) return;
      for (std::int64_t j = 0; j < n; ++j) {
        total[j] += sum[j];
        sum[j] = 0;
      }
    });
    const T scale = static_cast<T>(1.0 / count);
    for (std::int64_t j = 0; j < n; ++j) out[j] = static_cast<T>(total[j] + sum[j]) * scale;
  });
}

template <class T, class How>
void fold_columns(const ReduceParams& p, const Team& team) {
  each_stretch<T, T>(p, team, [&](const T* in, T* out, std::int64_t n) {
    T total[kStretch];
    for (std::int64_t j = 0; j < n; ++j) total[j] = How::kFirst;
    each_row<T>(p, in, [&](const T* row, std::int64_t) {
#pragma GCC ivdep
      for (std::int64_t j = 0; j < n; ++j) total[j] = How::join(total[j], row[j]);
    });
    for (std::int64_t j = 0; j < n; ++j) out[j] = total[j];
  });
}

template <class T, class How>
void position_columns(const ReduceParams& p, const Team& team) {
  each_stretch<T, std::int32_t>(p, team, [&](const T* in, std::int32_t* out, std::int64_t n) {
    T best[kStretch];
    std::int32_t position[kStretch];
    for (std::int64_t j = 0; j < n; ++j) {
      best[j] = in[j];
      position[j] = 0;
    }
    each_row<T>(p, in, [&](const T* row, std::int64_t i) {
      const auto here = static_cast<std::int32_t>(i);
#pragma GCC ivdep
      for (std::int64_t j = 0; j < n; ++j) {
        const T x = row[j];
        const bool first_nan = (x != x) & (best[j] == best[j]);
        const bool chosen = How::better(x, best[j]) | first_nan;
        best[j] = chosen ? x : best[j];
        position[j] = chosen ? here : position[j];
      }
    });
    for (std::int64_t j = 0; j < n; ++j) out[j] = position[j];
  });
}

// ------------------------------------------------------------------------------- dispatch

template <class T, class How>
void fold_as(const ReduceParams& p, const Team& team) {
  if (has_columns(p)) return fold_columns<T, How>(p, team);
  each_result<T, Fold<T, How>, T>(p, team, [](const Fold<T, How>& r) { return r.total; });
}

template <class T, class How>
void position_as(const ReduceParams& p, const Team& team) {
  if (has_columns(p)) return position_columns<T, How>(p, team);
  each_result<T, Position<T, How>, std::int32_t>(
      p, team, [](const Position<T, How>& r) { return static_cast<std::int32_t>(r.position); });
}

template <class T>
void sum_as(const ReduceParams& p, const Team& team) {
  if constexpr (sizeof(T) > 1) {
    if (has_columns(p)) {
      if constexpr (std::is_integral_v<T>) return sum_columns<T, std::uint32_t>(p, team);
      else return sum_columns<T, T>(p, team);
    }
    each_result<T, Sum<T>, T>(p, team, [&](const Sum<T>& r) {
      if constexpr (std::is_integral_v<T>) return static_cast<T>(r.total);
      const bool mean = p.kind == ReduceKind::mean;
      return static_cast<T>(mean ? r.total / static_cast<double>(p.inner.size) : r.total);
    });
  }
}

template <class T>
void reduce_as(const ReduceParams& p, const Team& team) {
  switch (p.kind) {
    case ReduceKind::sum:
    case ReduceKind::mean: return sum_as<T>(p, team);
    case ReduceKind::prod:
      if constexpr (sizeof(T) > 1) return fold_as<T, Product<T>>(p, team);
      return;
    case ReduceKind::max: return fold_as<T, Largest<T>>(p, team);
    case ReduceKind::min: return fold_as<T, Smallest<T>>(p, team);
    case ReduceKind::argmax: return position_as<T, Largest<T>>(p, team);
    case ReduceKind::argmin: return position_as<T, Smallest<T>>(p, team);
    case ReduceKind::any:
    case ReduceKind::all: return;
  }
}

/// One large dense sum: phase 0 sums blocks, phase 1 adds the blocks in order.
void reduce_whole(const ReduceParams& p, const Team& team) {
  double* partial = reinterpret_cast<double*>(team.scratch);
  const std::int64_t blocks = (p.inner.size + p.block - 1) / p.block;
  const float* in = reinterpret_cast<const float*>(p.in);
  if (team.phase == 0) {
    const Range mine = team.share(blocks);
    for (std::int64_t b = mine.begin; b < mine.end; ++b) {
      const std::int64_t begin = b * p.block, left = p.inner.size - begin;
      Sum<float> sum;
      sum.run(in + begin, left < p.block ? left : p.block, 1, 0);
      partial[b] = sum.total;
    }
  } else if (team.rank == 0) {
    double total = 0;
    for (std::int64_t b = 0; b < blocks; ++b) total += partial[b];
    if (p.kind == ReduceKind::mean) total /= static_cast<double>(p.inner.size);
    *reinterpret_cast<float*>(p.out) = static_cast<float>(total);
  }
}

}  // namespace

void reduce(const ReduceParams& p, const Team& team) {
  if (p.block > 0) return reduce_whole(p, team);
  if (p.kind == ReduceKind::any) return fold_as<std::uint8_t, Any<std::uint8_t>>(p, team);
  if (p.kind == ReduceKind::all) return fold_as<std::uint8_t, All<std::uint8_t>>(p, team);
  switch (p.dtype) {
    case DType::float32: return reduce_as<float>(p, team);
    case DType::float64: return reduce_as<double>(p, team);
    case DType::int32: return reduce_as<std::int32_t>(p, team);
    default: return reduce_as<std::uint8_t>(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
