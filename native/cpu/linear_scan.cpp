#include "ops/linear_scan.h"

#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Columns whose states move on side by side.
constexpr std::int64_t kStretch = 256;
/// Fewer go by fours, their states in registers: through memory a step would wait for the one before.
constexpr std::int64_t kFew = 16;

template <class T>
struct Operands {
  const T* a;
  const T* b;
  T* y;
  std::int64_t steps;
  std::int64_t step;  // from one t to the next, in the direction of the scan
};

template <int n, class T>
void down_few(const Operands<T>& of, std::int64_t at) {
  double states[n] = {};
  for (std::int64_t t = 0; t < of.steps; ++t, at += of.step) {
    for (int j = 0; j < n; ++j) {
      states[j] = static_cast<double>(of.a[at + j]) * states[j] + static_cast<double>(of.b[at + j]);
      of.y[at + j] = static_cast<T>(states[j]);
    }
  }
}

/// `n` columns, at most kStretch.
template <class T>
void down_columns(const Operands<T>& of, std::int64_t at, std::int64_t n) {
  double states[kStretch];
  for (std::int64_t j = 0; j < n; ++j) states[j] = 0;
  for (std::int64_t t = 0; t < of.steps; ++t, at += of.step) {
    const T *a = of.a + at, *b = of.b + at;
    T* y = of.y + at;
#pragma GCC ivdep
    for (std::int64_t j = 0; j < n; ++j) {
      states[j] = static_cast<double>(a[j]) * states[j] + static_cast<double>(b[j]);
      y[j] = static_cast<T>(states[j]);
    }
  }
}

template <class T>
void scan(const LinearScanParams& p, const Team& team) {
  const Operands<T> of{reinterpret_cast<const T*>(p.a), reinterpret_cast<const T*>(p.b),
                       reinterpret_cast<T*>(p.y), p.steps, p.reverse ? -p.columns : p.columns};
  const std::int64_t first = p.reverse ? (p.steps - 1) * p.columns : 0;
  const Range mine = team.share(p.columns, 16);
  for (std::int64_t j = mine.begin; j < mine.end; j += kStretch) {
    const std::int64_t n = mine.end - j < kStretch ? mine.end - j : kStretch;
    if (n >= kFew) {
      down_columns(of, first + j, n);
      continue;
    }
    std::int64_t i = 0;
    for (; i + 4 <= n; i += 4) down_few<4>(of, first + j + i);
    for (; i < n; ++i) down_few<1>(of, first + j + i);
  }
}

}  // namespace

void linear_scan(const LinearScanParams& p, const Team& team) {
  if (p.dtype == DType::float64) return scan<double>(p, team);
  scan<float>(p, team);
}

}  // namespace carom::cpu::CAROM_ISA
