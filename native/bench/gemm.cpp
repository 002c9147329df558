// GEMM speed against the peak of fused multiply-adds, both measured in this process.
#include <cstdio>
#include <string>
#include <vector>

#include "bench/bench.h"
#include "test/driver.h"

using carom::test::Driver;
using carom::test::Operand;

namespace carom::bench {

double fma_round() {
#if defined(__AVX512F__)
  using V = float __attribute__((vector_size(64)));
#else
  using V = float __attribute__((vector_size(32)));
#endif
  constexpr int kChains = 12, kRounds = 20000;
  const V a = V{} + 0.999f, b = V{} + 0.001f;
  V acc[kChains] = {};
  for (V& v : acc) asm volatile("" : "+v"(v));
  for (int r = 0; r < kRounds; ++r) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) acc[i] = acc[i] * a + b;
  }
  for (V& v : acc) asm volatile("" : "+v"(v));
  return 2.0 * kChains * kRounds * static_cast<double>(sizeof(V) / 4);
}

double fma_peak() {
  double flops = 0;
  const double time = best_of([&] { flops = fma_round(); });
  return flops / time * 1e-9;
}

namespace {

struct Shape {
  std::int64_t m, n, k;
};

double rate(Driver& driver, const Shape& s, const char* kind) {
  const bool ta = kind[0] == 'T', tb = kind[1] == 'T';
  Operand a = ta ? driver.random({s.k, s.m}, 1).transposed() : driver.random({s.m, s.k}, 1);
  Operand b = tb ? driver.random({s.n, s.k}, 2).transposed() : driver.random({s.k, s.n}, 2);
  Operand c = driver.empty({s.m, s.n});
  const double time = best_of([&] { driver.run("matmul", {a, b}, {c}, {0}); });
  for (const Operand& t : {a, b, c}) driver.engine.free(t.handle);
  return 2.0 * static_cast<double>(s.m * s.n * s.k) / time * 1e-9;
}

}  // namespace

void bench_gemm(int threads) {
  Driver driver(threads);
  const double peak = fma_peak();
  std::printf("%s, %d thread(s); FMA peak of one core %.0f GFLOP/s\n",
              driver.engine.facts().isa.c_str(), threads, peak);
  std::printf("%-18s %8s %8s %8s   GFLOP/s (%% of peak)\n", "M x N x K", "NN", "NT", "TN");
  const std::vector<Shape> shapes = {
      {2048, 64, 118}, {2048, 64, 64},  {2048, 4, 64},   {2048, 64, 4},      {256, 64, 118},
      {256, 64, 64},   {128, 64, 118},  {128, 64, 64},   {64, 118, 2048},    {64, 64, 2048},
      {4, 64, 2048},   {64, 118, 256},  {64, 64, 256},   {2048, 128, 128},   {8192, 128, 118},
      {64, 128, 128},  {256, 512, 512}, {512, 512, 512}, {1024, 1024, 1024}, {32, 512, 3136}};
  for (const Shape& s : shapes) {
    const std::string name =
        std::to_string(s.m) + "x" + std::to_string(s.n) + "x" + std::to_string(s.k);
    std::printf("%-18s", name.c_str());
    for (const char* kind : {"NN", "NT", "TN"}) {
      const double r = rate(driver, s, kind);
      std::printf(" %4.0f %3.0f%%", r, 100 * r / peak / threads);
    }
    std::printf("\n");
  }
}

}  // namespace carom::bench
