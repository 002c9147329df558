// carom_bench gemm|ppo [threads]
#include <cstdlib>
#include <cstring>

#include "bench/bench.h"

int main(int argc, char** argv) {
  const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  if (argc > 1 && std::strcmp(argv[1], "gemm") == 0) carom::bench::bench_gemm(threads);
  else carom::bench::bench_ppo(threads);
}
