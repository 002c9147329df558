// The server behind benchmarks/gemm.mjs: one request per line in, one JSON line out.
//
//   peak COUNT                   rounds of fused multiply-adds in registers -> {"seconds", "flops"}
//   NN|NT|TN M N K COUNT         products, N plain and T transposed         -> {"seconds", "flops"}
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "bench/bench.h"
#include "test/driver.h"

using carom::test::Driver;
using carom::test::Operand;

namespace carom::bench {
namespace {

void answer(double seconds, double flops) {
  std::printf("{\"seconds\": %.9g, \"flops\": %.9g}\n", seconds, flops);
  std::fflush(stdout);
}

void turn_of_peak(std::int64_t count) {
  double flops = 0;
  const double start = seconds();
  for (std::int64_t i = 0; i < count; ++i) flops += fma_round();
  answer(seconds() - start, flops);
}

void turn_of_product(Driver& driver, const std::string& kind, std::istream& in) {
  std::int64_t m = 0, n = 0, k = 0, count = 0;
  in >> m >> n >> k >> count;
  const bool ta = kind[0] == 'T', tb = kind[1] == 'T';
  const Operand a = ta ? driver.random({k, m}, 1).transposed() : driver.random({m, k}, 1);
  const Operand b = tb ? driver.random({n, k}, 2).transposed() : driver.random({k, n}, 2);
  const Operand c = driver.empty({m, n});
  driver.run("matmul", {a, b}, {c}, {0});
  const double start = seconds();
  for (std::int64_t i = 0; i < count; ++i) driver.run("matmul", {a, b}, {c}, {0});
  answer(seconds() - start, 2.0 * static_cast<double>(m * n * k * count));
  for (const Operand& t : {a, b, c}) driver.engine.free(t.handle);
}

}  // namespace

void serve(int threads) {
  Driver driver(threads);
  std::printf("{\"isa\": \"%s\"}\n", driver.engine.facts().isa.c_str());
  std::fflush(stdout);
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream in(line);
    std::string what;
    in >> what;
    if (what == "peak") {
      std::int64_t count = 0;
      in >> count;
      turn_of_peak(count);
    } else {
      turn_of_product(driver, what, in);
    }
  }
}

}  // namespace carom::bench
