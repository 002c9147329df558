// What the benchmarks share: timing by the least of many runs, since the machine may be busy.
#pragma once

#include <algorithm>
#include <chrono>

namespace carom::bench {

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Least time of one call, over `budget` seconds.
template <class F>
double best_of(F f, double budget = 0.3) {
  double best = 1e9;
  const double until = seconds() + budget;
  for (int i = 0; i < 20 || seconds() < until; ++i) {
    const double start = seconds();
    f();
    best = std::min(best, seconds() - start);
  }
  return best;
}

/// GFLOP/s of one core on independent fused multiply-adds in registers.
double fma_peak();

/// Floating-point operations of one round of the above, after running it.
double fma_round();

void bench_gemm(int threads);
void bench_ppo(int threads);
void serve(int threads);

}  // namespace carom::bench
