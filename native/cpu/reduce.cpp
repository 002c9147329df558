#include "ops/reduce.h"

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Floats summed in float before they join a double.
constexpr std::int64_t kFloatRun = 1024;

// -------------------------------------------------------------------------------- reducers
// Each one is fed runs of elements and keeps what it needs between runs.

template <class T>
struct Sum {
  double total = 0;
  CAROM_INLINE void run(const T* x, std::int64_t n, std::int64_t stride, std::int64_t) {
    for (std::int64_t i = 0; i < n; ++i) total += static_cast<double>(x[i * stride]);
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

/// kSign 1: the largest; -1: the smallest. With its position: the first of equals.
template <class T, int kSign>
struct Extreme {
  T best{};
  std::int64_t position = -1;
  static CAROM_INLINE bool better(T x, T than) {
    if (x != x) return than == than;  // the first NaN stays
    return kSign > 0 ? x > than : x < than;
  }
  CAROM_INLINE void run(const T* x, std::int64_t n, std::int64_t stride, std::int64_t at) {
    if (position < 0) {
      best = x[0];
      position = at;
    }
    for (std::int64_t i = 0; i < n; ++i) {
      if (!better(x[i * stride], best)) continue;
      best = x[i * stride];
      position = at + i;
    }
  }
};

// ---------------------------------------------------------------------------------- loops

CAROM_INLINE std::int64_t offset_of(const LoopNest& nest, std::int64_t i, std::int64_t skip) {
  std::int64_t offset = 0;
  for (int d = nest.rank - 1 - static_cast<int>(skip); d >= 0; --d) {
    offset += i % nest.shape[d] * nest.strides[d];
    i /= nest.shape[d];
  }
  return offset;
}

/// Feeds all reduced elements of one result to a reducer, run by run.
template <class T, class Reducer>
CAROM_INLINE void feed(const ReduceParams& p, const T* in, Reducer& reducer) {
  const std::int64_t length = p.inner.shape[p.inner.rank - 1];
  const std::int64_t stride = p.inner.strides[p.inner.rank - 1];
  if (p.inner.size == 0) return;
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

/// Sums down columns (results are neighbours in memory, reduced elements are not): kLanes results
/// at a time.
bool sum_columns(const ReduceParams& p, const Team& team, float scale) {
  const bool columns =
      p.inner.rank == 1 && p.outer.strides[p.outer.rank - 1] == 1 && p.outer.rank == 1;
  if (!columns || p.inner.strides[0] == 1 || p.outer.size < kLanes / 2) return false;
  const Range mine = team.share(p.outer.size, kLanes);
  const float* in = reinterpret_cast<const float*>(p.in);
  float* out = reinterpret_cast<float*>(p.out);
  for (std::int64_t j = mine.begin; j < mine.end; j += kLanes) {
    const int n = mine.end - j < kLanes ? static_cast<int>(mine.end - j) : kLanes;
    Vec total = {};
    for (std::int64_t begin = 0; begin < p.inner.size; begin += 64) {
      const std::int64_t end = begin + 64 < p.inner.size ? begin + 64 : p.inner.size;
      Vec sum = {};
      for (std::int64_t i = begin; i < end; ++i)
        sum += load_first(in + i * p.inner.strides[0] + j, n);
      total += sum;
    }
    store_first(out + j, total * scale, n);
  }
  return true;
}

template <class T>
void sum_as(const ReduceParams& p, const Team& team) {
  each_result<T, Sum<T>, T>(p, team, [](const Sum<T>& r) { return static_cast<T>(r.total); });
}

template <class T>
void mean_as(const ReduceParams& p, const Team& team) {
  const double count = static_cast<double>(p.inner.size);
  each_result<T, Sum<T>, T>(p, team,
                            [&](const Sum<T>& r) { return static_cast<T>(r.total / count); });
}

template <class T>
void reduce_as(const ReduceParams& p, const Team& team) {
  const auto best = [](const auto& r) { return r.best; };
  const auto position = [](const auto& r) { return static_cast<std::int32_t>(r.position); };
  switch (p.kind) {
    case ReduceKind::sum: return sum_as<T>(p, team);
    case ReduceKind::mean: return mean_as<T>(p, team);
    case ReduceKind::max: return each_result<T, Extreme<T, 1>, T>(p, team, best);
    case ReduceKind::min: return each_result<T, Extreme<T, -1>, T>(p, team, best);
    case ReduceKind::argmax: return each_result<T, Extreme<T, 1>, std::int32_t>(p, team, position);
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
  if (p.dtype == DType::float32 && p.kind <= ReduceKind::mean) {
    const float scale = p.kind == ReduceKind::mean ? 1.0f / static_cast<float>(p.inner.size) : 1.0f;
    if (sum_columns(p, team, scale)) return;
  }
  switch (p.dtype) {
    case DType::float32: return reduce_as<float>(p, team);
    case DType::float64: return reduce_as<double>(p, team);
    default: return reduce_as<std::int32_t>(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
