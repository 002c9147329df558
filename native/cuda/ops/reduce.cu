#include "cuda/elementwise.h"
#include "cuda/teams.h"
#include "ops/folds.h"
#include "ops/reduce.h"

namespace carom::cuda {
namespace {

// ------------------------------------------------------------------------------------ states
// take(x, at) takes in element number `at`; settle() comes after a few of them.

template <class T>
struct Sum {
  double total;
  static CAROM_DEVICE Sum first() { return {0}; }
  CAROM_DEVICE void take(T x, std::int64_t) { total += static_cast<double>(x); }
  CAROM_DEVICE void settle() {}
  CAROM_DEVICE void join(const Sum& other) { total += other.total; }
  CAROM_DEVICE T value(double count) const { return static_cast<T>(total / count); }
};

/// A few floats are summed in float before they join a double.
template <>
struct Sum<float> {
  double total;
  float run;
  static CAROM_DEVICE Sum first() { return {0, 0}; }
  CAROM_DEVICE void take(float x, std::int64_t) { run += x; }
  CAROM_DEVICE void settle() {
    total += static_cast<double>(run);
    run = 0;
  }
  CAROM_DEVICE void join(const Sum& other) { total += other.total; }
  CAROM_DEVICE float value(double count) const { return static_cast<float>(total / count); }
};

/// Integers wrap around.
template <>
struct Sum<std::int32_t> {
  std::uint32_t total;
  static CAROM_DEVICE Sum first() { return {0}; }
  CAROM_DEVICE void take(std::int32_t x, std::int64_t) { total += static_cast<std::uint32_t>(x); }
  CAROM_DEVICE void settle() {}
  CAROM_DEVICE void join(const Sum& other) { total += other.total; }
  CAROM_DEVICE std::int32_t value(double) const { return static_cast<std::int32_t>(total); }
};

template <class T, class How>
struct Fold {
  T total;
  static CAROM_DEVICE Fold first() { return {How::kFirst}; }
  CAROM_DEVICE void take(T x, std::int64_t) { total = How::join(total, x); }
  CAROM_DEVICE void settle() {}
  CAROM_DEVICE void join(const Fold& other) { total = How::join(total, other.total); }
  CAROM_DEVICE T value(double) const { return total; }
};

/// Position of the best element: the first of equals, the first NaN before all.
template <class T, class How>
struct Position {
  std::int64_t position;  // -1: none yet
  T best;
  static CAROM_DEVICE Position first() { return {-1, T(0)}; }
  /// Elements of one thread come in order.
  CAROM_DEVICE void take(T x, std::int64_t at) {
    const bool first_nan = x != x && best == best;
    if (position >= 0 && !How::better(x, best) && !first_nan) return;
    best = x;
    position = at;
  }
  CAROM_DEVICE void settle() {}
  CAROM_DEVICE void join(const Position& other) {
    if (other.position < 0) return;
    const bool nan = best != best, other_nan = other.best != other.best;
    bool chosen = other_nan;
    if (nan == other_nan) {
      chosen = How::better(other.best, best) ||
               (!How::better(best, other.best) && other.position < position);
    }
    if (chosen || position < 0) *this = other;
  }
  CAROM_DEVICE std::int32_t value(double) const { return static_cast<std::int32_t>(position); }
};

// --------------------------------------------------------------------------------------- job

template <class Index>
CAROM_DEVICE std::int64_t locate_in(const LoopNest& nest, std::int64_t number) {
  std::int64_t offset = 0;
  Index rest = static_cast<Index>(number);
  for (int d = nest.rank - 1; d > 0; --d) {
    const Index extent = static_cast<Index>(nest.shape[d]);
    const Index next = rest / extent;
    offset += static_cast<std::int64_t>(rest - next * extent) * nest.strides[d];
    rest = next;
  }
  return offset + static_cast<std::int64_t>(rest) * nest.strides[0];
}

/// Offset of an element of a nest.
CAROM_DEVICE std::int64_t offset_of(const LoopNest& nest, std::int64_t number) {
  if (nest.rank == 1) return number * nest.strides[0];
  return nest.size <= 0x7FFFFFFF ? locate_in<std::uint32_t>(nest, number)
                                 : locate_in<std::uint64_t>(nest, number);
}

template <class T, class Out, class S>
struct ReduceJob {
  using State = S;
  const T* in;
  Out* out;
  LoopNest outer, inner;
  double count;    // sums are divided by it
  bool is_packed;  // what is reduced is one run

  CAROM_DEVICE void feed(State& state, std::int64_t result, Share share) const {
    const T* data = in + offset_of(outer, result);
    if (is_packed) feed_packed(state, data, share);
    else feed_strided(state, data, share);
  }

  /// Packs, four at a time so that their loads do not wait for each other. Which thread takes which
  /// element does not depend on where the memory lies.
  CAROM_DEVICE void feed_packed(State& state, const T* data, Share share) const {
    constexpr int kPacks = 4;
    const std::int64_t step = std::int64_t{share.of} * kVector;
    std::int64_t i = share.begin + std::int64_t{share.number} * kVector;
    const bool aligned = reinterpret_cast<std::uintptr_t>(data) % sizeof(Pack<T>) == 0;
    for (; i + (kPacks - 1) * step + kVector <= share.end; i += kPacks * step) {
      Pack<T> x[kPacks];
      for (int k = 0; k < kPacks; ++k) x[k] = load_pack(data + i + k * step, aligned);
      for (int k = 0; k < kPacks; ++k) {
        for (int j = 0; j < kVector; ++j) state.take(x[k].at[j], i + k * step + j);
      }
      state.settle();
    }
    for (; i < share.end; i += step) {
      for (std::int64_t j = i; j < i + kVector && j < share.end; ++j) state.take(data[j], j);
      state.settle();
    }
  }

  static CAROM_DEVICE Pack<T> load_pack(const T* at, bool aligned) {
    if (aligned) return *reinterpret_cast<const Pack<T>*>(at);
    Pack<T> x;
    for (int j = 0; j < kVector; ++j) x.at[j] = at[j];
    return x;
  }

  CAROM_DEVICE void feed_strided(State& state, const T* data, Share share) const {
    constexpr int kTogether = 8;
    const std::int64_t step = share.of;
    std::int64_t i = share.begin + share.number;
    for (; i + (kTogether - 1) * step < share.end; i += kTogether * step) {
      T x[kTogether];
      for (int k = 0; k < kTogether; ++k) x[k] = data[offset_of(inner, i + k * step)];
      for (int k = 0; k < kTogether; ++k) state.take(x[k], i + k * step);
      state.settle();
    }
    for (; i < share.end; i += step) {
      state.take(data[offset_of(inner, i)], i);
      state.settle();
    }
  }

  CAROM_DEVICE void finish(std::int64_t result, const State& state) const {
    out[result] = state.value(count);
  }
};

// ---------------------------------------------------------------------------------- dispatch

template <class State, class Out, class T>
void reduce_with(const ReduceParams& p, Launch& launch) {
  const std::int64_t along = p.inner.strides[p.inner.rank - 1];
  const std::int64_t next = p.outer.strides[p.outer.rank - 1];
  const auto distance = [](std::int64_t stride) { return stride < 0 ? -stride : stride; };
  const bool across = p.outer.size > 1 && p.inner.size > 1 && along != 1 && next != 0 &&
                      distance(next) < distance(along);
  const double count = p.kind == ReduceKind::mean ? static_cast<double>(p.inner.size) : 1.0;
  const bool is_packed = !across && p.inner.rank == 1 && (along == 1 || p.inner.size == 1);
  const ReduceJob<T, Out, State> job{reinterpret_cast<const T*>(p.in),
                                     reinterpret_cast<Out*>(p.out),
                                     p.outer,
                                     p.inner,
                                     count,
                                     is_packed};
  run_teams(launch, plan_teams(p.outer.size, p.inner.size, across), job);
}

template <class T>
void reduce_as(const ReduceParams& p, Launch& launch) {
  switch (p.kind) {
    case ReduceKind::sum:
    case ReduceKind::mean:
      if constexpr (sizeof(T) > 1) return reduce_with<Sum<T>, T, T>(p, launch);
      return;
    case ReduceKind::prod:
      if constexpr (sizeof(T) > 1) return reduce_with<Fold<T, folds::Product<T>>, T, T>(p, launch);
      return;
    case ReduceKind::max: return reduce_with<Fold<T, folds::Largest<T>>, T, T>(p, launch);
    case ReduceKind::min: return reduce_with<Fold<T, folds::Smallest<T>>, T, T>(p, launch);
    case ReduceKind::argmax:
      return reduce_with<Position<T, folds::Largest<T>>, std::int32_t, T>(p, launch);
    case ReduceKind::argmin:
      return reduce_with<Position<T, folds::Smallest<T>>, std::int32_t, T>(p, launch);
    case ReduceKind::any:
    case ReduceKind::all: return;
  }
}

}  // namespace

void reduce(const ReduceParams& p, Launch& launch) {
  using Byte = std::uint8_t;
  if (p.kind == ReduceKind::any)
    return reduce_with<Fold<Byte, folds::Any<Byte>>, Byte, Byte>(p, launch);
  if (p.kind == ReduceKind::all)
    return reduce_with<Fold<Byte, folds::All<Byte>>, Byte, Byte>(p, launch);
  switch (p.dtype) {
    case DType::float32: return reduce_as<float>(p, launch);
    case DType::float64: return reduce_as<double>(p, launch);
    case DType::int32: return reduce_as<std::int32_t>(p, launch);
    default: return reduce_as<Byte>(p, launch);
  }
}

}  // namespace carom::cuda
