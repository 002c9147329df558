// attention and its gradient. Forward, a block goes through all keys with kSide queries; softmax is
// carried on from tile to tile (running largest score and sum). Backward, one kernel goes through the
// keys with kSide queries for dq, and through the queries with kSide keys for dk and dv: scores are
// made twice, and nothing is added across blocks.
#include "cuda/attention_tile.h"

namespace carom::cuda {
namespace {

template <int turns>
__global__ __launch_bounds__(kThreads) void attention_kernel(AttentionParams p) {
  CAROM_DYNAMIC_SHARED(float, shared);
  float* q_tile = shared;
  float* k_tile = q_tile + kSide * shared_row(p.depth);
  float* v_tile = k_tile + kSide * shared_row(p.depth);
  float* shares = v_tile + kSide * shared_row(p.width);
  const std::int64_t blocks = (p.queries + kSide - 1) / kSide;
  const std::int64_t batch = blockIdx.x / blocks, first = blockIdx.x % blocks * kSide;
  const auto q = matrix_of(p, p.q, batch), k = matrix_of(p, p.k, batch);
  const auto v = matrix_of(p, p.v, batch);
  const MaskAt mask = mask_of(p, batch);
  const int row = static_cast<int>(threadIdx.x) / kRowLanes;
  const int lane = static_cast<int>(threadIdx.x) % kRowLanes;
  const float low = -__builtin_inff();
  float top = low, sum = 0, sums[turns] = {};
  load_rows(q, first, p.queries, p.depth, q_tile);
  const std::int64_t last = p.causal && first + kSide < p.keys ? first + kSide : p.keys;
  for (std::int64_t key = 0; key < last; key += kSide) {
    __syncthreads();
    load_rows(k, key, p.keys, p.depth, k_tile);
    load_rows(v, key, p.keys, p.width, v_tile);
    __syncthreads();
    float scores[kOwn], largest = low;
    multiply_row(q_tile + row * shared_row(p.depth), k_tile, p.depth, scores);
    CAROM_UNROLL
    for (int j = 0; j < kOwn; ++j) {
      scores[j] = score_of(p, mask, scores[j], first + row, key + lane + j * kRowLanes);
      largest = Largest{}(scores[j], largest);
    }
    const float next = Largest{}(top, row_reduce(largest, Largest{}));
    const float base = next == low ? 0.0f : next;
    float part = 0;
    CAROM_UNROLL
    for (int j = 0; j < kOwn; ++j) {
      const float share = scores[j] == low ? 0.0f : math::exp(scores[j] - base);
      part += share;
      shares[row * kSquareRow + lane + j * kRowLanes] = share;
    }
    const float factor = top == next ? 1.0f : math::exp(top - base);
    sum = sum * factor + row_reduce(part, AddUp{});
    top = next;
    __syncwarp();  // a row's shares are those of lanes of this warp
    CAROM_UNROLL
    for (int j = 0; j < turns; ++j) sums[j] *= factor;
    add_rows(shares + row * kSquareRow, v_tile, p.width, sums);
  }
  if (first + row >= p.queries) return;
  const bool blind = sum == 0.0f;
  write_row(matrix_of(p, p.out, batch)[first + row], p.width, sums, blind ? 0.0f : 1.0f / sum);
  if (lane == 0) p.lse[batch * p.queries + first + row] = blind ? low : top + math::log(sum);
}

// -------------------------------------------------------------------------------------- backward

/// delta = sum(dy out), a warp for each query.
__global__ void write_deltas(AttentionParams p, float* delta) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t warps = global_count() / 32;
  for (std::int64_t at = global_index() / 32; at < p.batch * p.queries; at += warps) {
    const float* dy = matrix_of(p, p.dy, at / p.queries)[at % p.queries];
    const float* y = matrix_of(p, p.y, at / p.queries)[at % p.queries];
    float sum = 0;
    for (std::int64_t j = lane; j < p.width; j += 32) sum += dy[j] * y[j];
    sum = warp_reduce(sum, AddUp{});
    if (lane == 0) delta[at] = sum;
  }
}

/// P and dS of one query and key, from the products q k and dy v.
struct Slopes {
  float share, slope;
};

CAROM_DEVICE Slopes slopes_of(const AttentionParams& p, const MaskAt& mask, const float* lse,
                              const float* delta, std::int64_t query, std::int64_t key,
                              float product, float dy_v) {
  const float low = -__builtin_inff();
  const float score = score_of(p, mask, product, query, key);
  if (score == low || lse[query] == low) return {0, 0};
  const float share = math::exp(score - lse[query]);
  return {share, share * (dy_v - delta[query]) * p.scale};
}

/// A block has kSide keys (of_keys) and goes through the queries, for dk and dv; or has queries and
/// goes through the keys, for dq.
template <bool of_keys, int turns>
__global__ __launch_bounds__(kThreads) void slopes_kernel(AttentionParams p, const float* deltas) {
  CAROM_DYNAMIC_SHARED(float, shared);
  const std::int64_t a_size = kSide * shared_row(p.depth), b_size = kSide * shared_row(p.width);
  float* own_a = shared;            // k or q
  float* own_b = own_a + a_size;    // v or dy
  float* other_a = own_b + b_size;  // q or k
  float* other_b = other_a + a_size;
  float* shares = other_b + b_size;
  float* slopes = shares + kSide * kSquareRow;
  const std::int64_t count = of_keys ? p.keys : p.queries;
  const std::int64_t others = of_keys ? p.queries : p.keys;
  const std::int64_t blocks = (count + kSide - 1) / kSide;
  const std::int64_t batch = blockIdx.x / blocks, first = blockIdx.x % blocks * kSide;
  const auto q = matrix_of(p, p.q, batch), k = matrix_of(p, p.k, batch);
  const auto v = matrix_of(p, p.v, batch), dy = matrix_of(p, p.dy, batch);
  const MaskAt mask = mask_of(p, batch);
  const float* lse = p.lse + batch * p.queries;
  const float* delta = deltas + batch * p.queries;
  const int row = static_cast<int>(threadIdx.x) / kRowLanes;
  const int lane = static_cast<int>(threadIdx.x) % kRowLanes;
  float a_sums[turns] = {}, b_sums[turns] = {};
  load_rows(of_keys ? k : q, first, count, p.depth, own_a);
  load_rows(of_keys ? v : dy, first, count, p.width, own_b);
  // Queries before the first key do not see it, and keys after the last query are not seen.
  const std::int64_t begin = of_keys && p.causal ? first : 0;
  const std::int64_t end = !of_keys && p.causal && first + kSide < others ? first + kSide : others;
  for (std::int64_t other = begin; other < end; other += kSide) {
    __syncthreads();
    load_rows(of_keys ? q : k, other, others, p.depth, other_a);
    load_rows(of_keys ? dy : v, other, others, p.width, other_b);
    __syncthreads();
    float products[kOwn], dy_v[kOwn];
    multiply_row(own_a + row * shared_row(p.depth), other_a, p.depth, products);
    multiply_row(own_b + row * shared_row(p.width), other_b, p.width, dy_v);
    CAROM_UNROLL
    for (int j = 0; j < kOwn; ++j) {
      const std::int64_t mine = first + row, its = other + lane + j * kRowLanes;
      const Slopes s = slopes_of(p, mask, lse, delta, of_keys ? its : mine, of_keys ? mine : its,
                                 products[j], dy_v[j]);
      shares[row * kSquareRow + lane + j * kRowLanes] = s.share;
      slopes[row * kSquareRow + lane + j * kRowLanes] = s.slope;
    }
    __syncwarp();  // a row's slopes are those of lanes of this warp
    add_rows(slopes + row * kSquareRow, other_a, p.depth, a_sums);
    if constexpr (of_keys) add_rows(shares + row * kSquareRow, other_b, p.width, b_sums);
  }
  if (first + row >= count) return;
  write_row(matrix_of(p, of_keys ? p.dk : p.dq, batch)[first + row], p.depth, a_sums, 1.0f);
  if constexpr (of_keys) {
    write_row(matrix_of(p, p.dv, batch)[first + row], p.width, b_sums, 1.0f);
  }
}

/// Both kernels of the gradient.
template <int turns>
void start_slopes(const AttentionParams& p, Launch& launch, const float* delta) {
  const std::int64_t floats =
      2 * kSide * (shared_row(p.depth) + shared_row(p.width)) + 2 * kSide * kSquareRow;
  const std::size_t bytes = static_cast<std::size_t>(floats) * sizeof(float);
  start(launch, static_cast<unsigned>(p.batch * sides(p.queries)), kThreads, bytes,
        slopes_kernel<false, turns>, p, delta);
  start(launch, static_cast<unsigned>(p.batch * sides(p.keys)), kThreads, bytes,
        slopes_kernel<true, turns>, p, delta);
}

}  // namespace

void attention(const AttentionParams& p, Launch& launch) {
  const std::int64_t floats = kSide * (2 * shared_row(p.depth) + shared_row(p.width) + kSquareRow);
  const auto kernel = p.width <= 64    ? attention_kernel<64 / kRowLanes>
                      : p.width <= 128 ? attention_kernel<128 / kRowLanes>
                                       : attention_kernel<kMaxHead / kRowLanes>;
  start(launch, static_cast<unsigned>(p.batch * sides(p.queries)), kThreads,
        static_cast<std::size_t>(floats) * sizeof(float), kernel, p);
}

void attention_backward(const AttentionParams& p, Launch& launch) {
  const std::int64_t rows = p.batch * p.queries, largest = std::max(p.depth, p.width);
  auto* delta = reinterpret_cast<float*>(
      launch.workspace(static_cast<std::size_t>(rows + 1) * sizeof(float)));
  start(launch, blocks_for(rows * 32), kThreads, 0, write_deltas, p, delta);
  if (largest <= 64) start_slopes<64 / kRowLanes>(p, launch, delta);
  else if (largest <= 128) start_slopes<128 / kRowLanes>(p, launch, delta);
  else start_slopes<kMaxHead / kRowLanes>(p, launch, delta);
}

}  // namespace carom::cuda
