#include "cuda/reduce.h"
#include "ops/cumsum.h"

namespace carom::cuda {
namespace {

/// Elements that a thread, and a block, adds at a time.
constexpr int kRun = 4;
constexpr std::int64_t kTile = std::int64_t{kThreads} * kRun;

/// Row `row` of [outer, length, inner] as a walk: its first element's offset and the step.
struct Walk {
  std::int64_t first, step;
};

CAROM_DEVICE Walk walk_of(const CumsumParams& p, std::int64_t row) {
  const std::int64_t offset = row / p.inner * p.length * p.inner + row % p.inner;
  if (p.reverse) return {offset + (p.length - 1) * p.inner, -p.inner};
  return {offset, p.inner};
}

/// A thread for each row: neighbouring rows are neighbours in memory.
template <class T, class Total>
__global__ void __launch_bounds__(kThreads) down_columns(CumsumParams p) {
  const T* in = reinterpret_cast<const T*>(p.in);
  T* out = reinterpret_cast<T*>(p.out);
  for (std::int64_t row = global_index(); row < p.outer * p.inner; row += global_count()) {
    const auto [first, step] = walk_of(p, row);
    Total total = 0;
    std::int64_t i = 0;
    for (; i + kRun <= p.length; i += kRun) {
      T x[kRun];
      for (int k = 0; k < kRun; ++k) x[k] = in[first + (i + k) * step];
      for (int k = 0; k < kRun; ++k) {
        total += static_cast<Total>(x[k]);
        out[first + (i + k) * step] = static_cast<T>(total);
      }
    }
    for (; i < p.length; ++i) {
      total += static_cast<Total>(in[first + i * step]);
      out[first + i * step] = static_cast<T>(total);
    }
  }
}

/// Sum of the values of the threads before this one; `all` becomes the sum of all.
template <class Total>
CAROM_DEVICE Total sum_before(Total value, Total& all) {
  CAROM_SHARED(Total, warps, kThreads / 32);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  Total upto = value;
  for (int step = 1; step < 32; step *= 2) {
    const Total other = __shfl_up_sync(0xFFFFFFFFu, upto, static_cast<unsigned>(step));
    if (lane >= step) upto += other;
  }
  // Not upto - value, which would not be exact.
  const Total shifted = __shfl_up_sync(0xFFFFFFFFu, upto, 1u);
  Total before = lane == 0 ? Total(0) : shifted;
  __syncthreads();  // an earlier call's sums may still be read
  if (lane == 31) warps[warp] = upto;
  __syncthreads();
  all = 0;
  Total earlier = 0;
  for (int w = 0; w < kThreads / 32; ++w) {
    if (w == warp) earlier = all;
    all += warps[w];
  }
  return earlier + before;
}

/// A block for each piece of each row: its sum, to sums[row][piece].
template <class T, class Total>
__global__ void __launch_bounds__(kThreads)
    sum_pieces(CumsumParams p, std::int64_t piece, int pieces, Total* sums) {
  const T* in = reinterpret_cast<const T*>(p.in);
  const std::int64_t begin = blockIdx.y * piece;
  const std::int64_t end = begin + piece < p.length ? begin + piece : p.length;
  for (std::int64_t row = blockIdx.x; row < p.outer * p.inner; row += gridDim.x) {
    const auto [first, step] = walk_of(p, row);
    Total sum = 0;
    for (std::int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
      sum += static_cast<Total>(in[first + i * step]);
    }
    sum = block_reduce(sum, AddUp{}, Total(0));
    if (threadIdx.x == 0) sums[row * pieces + blockIdx.y] = sum;
  }
}

/// A block for each piece of each row, tile by tile, on top of the pieces before.
template <class T, class Total>
__global__ void __launch_bounds__(kThreads)
    along_rows(CumsumParams p, std::int64_t piece, int pieces, const Total* sums) {
  const T* in = reinterpret_cast<const T*>(p.in);
  T* out = reinterpret_cast<T*>(p.out);
  const std::int64_t begin = blockIdx.y * piece;
  const std::int64_t end = begin + piece < p.length ? begin + piece : p.length;
  for (std::int64_t row = blockIdx.x; row < p.outer * p.inner; row += gridDim.x) {
    const auto [first, step] = walk_of(p, row);
    Total carry = 0;
    const int before = static_cast<int>(blockIdx.y);
    for (int i = static_cast<int>(threadIdx.x); i < before; i += kThreads) {
      carry += sums[row * pieces + i];
    }
    if (before > 0) carry = block_reduce(carry, AddUp{}, Total(0));
    for (std::int64_t tile = begin; tile < end; tile += kTile) {
      const std::int64_t at = tile + std::int64_t{threadIdx.x} * kRun;
      Total run[kRun];
      for (int k = 0; k < kRun; ++k) {
        run[k] = at + k < end ? static_cast<Total>(in[first + (at + k) * step]) : Total(0);
        if (k > 0) run[k] += run[k - 1];
      }
      Total all;
      const Total base = carry + sum_before(run[kRun - 1], all);
      for (int k = 0; k < kRun; ++k) {
        if (at + k < end) out[first + (at + k) * step] = static_cast<T>(base + run[k]);
      }
      carry += all;
    }
  }
}

template <class T, class Total>
void cumsum_as(const CumsumParams& p, Launch& launch) {
  constexpr std::int64_t kManyRows = 2048, kLongRow = 256, kEnoughBlocks = 1024;
  const std::int64_t rows = p.outer * p.inner;
  if (rows == 0 || p.length == 0) return;
  if (p.length <= 16 || (p.inner > 1 && (rows >= kManyRows || p.length < kLongRow))) {
    return start(launch, blocks_for(rows), kThreads, 0, down_columns<T, Total>, p);
  }
  const std::int64_t tiles = (p.length + kTile - 1) / kTile;
  const std::int64_t most = (kEnoughBlocks + rows - 1) / rows;
  const std::int64_t piece = (tiles + most - 1) / most * kTile;
  const int pieces = static_cast<int>((p.length + piece - 1) / piece);
  const dim3 grid(static_cast<unsigned>(std::min<std::int64_t>(rows, 1 << 20)),
                  static_cast<unsigned>(pieces));
  Total* sums = nullptr;
  if (pieces > 1) {
    const auto count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(pieces);
    sums = reinterpret_cast<Total*>(launch.workspace(count * sizeof(Total)));
    start(launch, grid, kThreads, 0, sum_pieces<T, Total>, p, piece, pieces, sums);
  }
  start(launch, grid, kThreads, 0, along_rows<T, Total>, p, piece, pieces, sums);
}

}  // namespace

void cumsum(const CumsumParams& p, Launch& launch) {
  switch (p.dtype) {
    case DType::float32: return cumsum_as<float, double>(p, launch);
    case DType::float64: return cumsum_as<double, double>(p, launch);
    default: return cumsum_as<std::int32_t, std::uint32_t>(p, launch);
  }
}

}  // namespace carom::cuda
