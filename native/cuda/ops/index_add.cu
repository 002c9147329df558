#include "cuda/ordered_matches.h"
#include "ops/index_add.h"

namespace carom::cuda {
namespace {

/// blockIdx.x is the share of the output's rows, blockIdx.y a part of the columns. `width` threads, a
/// power of two, go along a row; the rows of a share are dealt out to the kThreads / width teams.
__global__ void add_kernel(IndexAddParams p, int width, FaultRecord* fault, const char* op) {
  const std::int64_t shares = gridDim.x, share = blockIdx.x;
  const int shift = __popc(static_cast<unsigned>(shares - 1));
  const std::int64_t teams = kThreads / width, team = static_cast<int>(threadIdx.x) / width;
  const std::int64_t step = static_cast<std::int64_t>(gridDim.y) * width;
  const std::int64_t column =
      static_cast<std::int64_t>(blockIdx.y) * width + static_cast<int>(threadIdx.x) % width;
  const bool reports = share == 0 && blockIdx.y == 0;
  for_matches(
      p.count, p.out_rows, share, shares,
      [&](std::int64_t i) -> std::int64_t { return p.index[i]; },
      [&](std::int64_t i, std::int64_t to) {
        if (reports) raise_fault(fault, op, i, to, p.out_rows);
      },
      [&](const Match* matches, int n) {
        for (int m = 0; m < n; ++m) {
          const Match at = matches[m];
          if (((at.to >> shift) & (teams - 1)) != team) continue;
          const float* src = p.src + at.i * p.src_stride;
          float* out = p.out + at.to * p.out_stride;
          for (std::int64_t j = column; j < p.row_size; j += step) out[j] += src[j];
        }
      });
}

}  // namespace

void index_add(const IndexAddParams& p, Launch& launch) {
  if (p.count == 0 || p.row_size == 0) return;
  int width = 1;
  while (width < kThreads && width < p.row_size) width *= 2;
  const std::int64_t parts = std::min<std::int64_t>((p.row_size + width - 1) / width, 65535);
  const std::int64_t shares = share_count(p.out_rows, kThreads / width, p.count);
  start(launch, dim3(static_cast<unsigned>(shares), static_cast<unsigned>(parts)), kThreads, 0,
        add_kernel, p, width, launch.fault, launch.op);
}

}  // namespace carom::cuda
