// What additions at indices share: the outputs are dealt out to blocks, and each block picks its own
// from the whole list of indices, in order. So every sum is made by one thread in the order of the
// list, whatever the grid.
#pragma once

#include "cuda/launch.h"

namespace carom::cuda {

/// Indices that a block looks at in one pass, and how many of them neighbour each other in a thread.
inline constexpr int kMatchTile = 1024;
inline constexpr int kMatchRun = kMatchTile / kThreads;

struct Match {
  std::int64_t i;   // place in the list
  std::int64_t to;  // the index there
};

/// Blocks that outputs are dealt out to: a power of two. Output `to` belongs to share to mod shares.
inline std::int64_t share_count(std::int64_t outputs, std::int64_t per_block, std::int64_t count) {
  std::int64_t shares = 1;
  while (shares < 1024 && shares * per_block < outputs && shares < count) shares *= 2;
  return shares;
}

/// The sum of `value` over the threads before this one; `total` gets that of all kThreads.
CAROM_DEVICE int count_before(int value, int& total) {
  constexpr int kWarps = kThreads / 32;
  CAROM_SHARED(int, sums, kWarps);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  int upto = value;
  for (int step = 1; step < 32; step *= 2) {
    const int other = __shfl_up_sync(0xFFFFFFFFu, upto, static_cast<unsigned>(step));
    if (lane >= step) upto += other;
  }
  if (lane == 31) sums[warp] = upto;
  __syncthreads();
  int before = 0;
  total = 0;
  for (int w = 0; w < kWarps; ++w) {
    if (w < warp) before += sums[w];
    total += sums[w];
  }
  return before + upto - value;
}

/// Calls use(matches, n) with all i of 0..count-1 for which index_at(i) belongs to `share`, in order, a
/// list in shared memory at a time. bad(i, to) is told of those outside of 0..limit-1, which belong to
/// nobody. For blocks of kThreads threads, all of which must come.
template <class IndexAt, class Bad, class Use>
CAROM_DEVICE void for_matches(std::int64_t count, std::int64_t limit, std::int64_t share,
                              std::int64_t shares, IndexAt index_at, Bad bad, Use use) {
  CAROM_SHARED(Match, matches, kMatchTile);
  for (std::int64_t tile = 0; tile < count; tile += kMatchTile) {
    const std::int64_t first = tile + static_cast<std::int64_t>(threadIdx.x) * kMatchRun;
    std::int64_t to[kMatchRun];
    int mine = 0;
    for (int k = 0; k < kMatchRun; ++k) {
      to[k] = first + k < count ? index_at(first + k) : -1;
      const bool valid = to[k] >= 0 && to[k] < limit;
      if (!valid && first + k < count) bad(first + k, to[k]);
      if (!valid || (to[k] & (shares - 1)) != share) to[k] = -1;
      if (to[k] >= 0) ++mine;
    }
    int total = 0;
    int at = count_before(mine, total);
    for (int k = 0; k < kMatchRun; ++k) {
      if (to[k] >= 0) matches[at++] = {first + k, to[k]};
    }
    __syncthreads();
    if (total > 0) use(static_cast<const Match*>(matches), total);
    __syncthreads();  // before the list is written again
  }
}

}  // namespace carom::cuda
