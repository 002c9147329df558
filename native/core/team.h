// Team: what a kernel knows about the threads that run it. Kernels are SPMD: every rank calls the
// same function with its own Team, takes its share of the work by rank, and never waits for another
// rank; where one part of an op needs all of an earlier part, the op has several phases
// (ops/plan.h).
//
// This header is also compiled for each instruction set, so it holds nothing that the linker may
// merge between them: every function is forced inline.
#pragma once

#include <cstddef>
#include <cstdint>

namespace carom {

class Fault;

#if defined(__CUDACC__)
#define CAROM_INLINE __host__ __device__ __forceinline__
#else
#define CAROM_INLINE inline __attribute__((always_inline))
#endif

struct Range {
  std::int64_t begin;
  std::int64_t end;
};

struct Team {
  int rank = 0;
  int size = 1;
  int phase = 0;                 // which phase of the op to run
  std::byte* scratch = nullptr;  // the op's own scratch memory, shared by all ranks and phases
  Fault* fault = nullptr;
  Range tile{0, -1};  // the rows that rows() gives, when the executor works tile by tile

  /// This rank's share of 0..n-1; shares begin at multiples of `grain`.
  CAROM_INLINE Range share(std::int64_t n, std::int64_t grain = 1) const {
    const std::int64_t units = (n + grain - 1) / grain;
    const std::int64_t begin = units * rank / size * grain;
    const std::int64_t end = units * (rank + 1) / size * grain;
    return {begin < n ? begin : n, end < n ? end : n};
  }

  /// The share of the rows of a matrix that every row-wise op uses, so that a rank finds in its
  /// inputs the very rows which it wrote there itself (see PhaseUse::by_rows). Begins at a multiple
  /// of row_grain(n).
  CAROM_INLINE Range rows(std::int64_t n) const {
    return tile.end >= 0 ? tile : share(n, row_grain(n));
  }

  /// Rows that are worked on together: a multiple of kRowBlock, chosen so that what a small network
  /// keeps for them fits the second-level cache.
  static CAROM_INLINE std::int64_t row_grain(std::int64_t n) {
    return n >= 1024 ? 256 : n >= 256 ? 128 : kRowBlock;
  }

  /// Rows whose partial sums are added up first, where rows are summed.
  static constexpr std::int64_t kRowBlock = 32;
};

}  // namespace carom
