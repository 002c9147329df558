// carom_bench gemm|ppo [threads]      a table
// carom_bench serve [threads]          turns for benchmarks/gemm.mjs, see serve.cpp
#include <cstdlib>
#include <cstring>

#include "bench/bench.h"

int main(int argc, char** argv) {
  const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  const auto asked = [&](const char* what) { return argc > 1 && std::strcmp(argv[1], what) == 0; };
  if (asked("gemm")) carom::bench::bench_gemm(threads);
  else if (asked("serve")) carom::bench::serve(threads);
  else carom::bench::bench_ppo(threads);
}
