// batchNorm and its gradient, each in three phases: sums over blocks of rows; the blocks put
// together, column by column; the result. Mean and squares of a block are taken in two passes (the
// second from the cache) and combined after Chan, Golub and LeVeque 1979.
#include "ops/batch_norm.h"

#include <type_traits>

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

CAROM_INLINE std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

/// Calls body(column, lanes, vectors) for up to four vectors of columns at a time; `lanes` is how
/// much of the last vector exists.
template <class Body>
CAROM_INLINE void over_columns(std::int64_t columns, Body body) {
  std::int64_t first = 0;
  for (; first + 4 * kLanes <= columns; first += 4 * kLanes)
    body(first, kLanes, std::integral_constant<int, 4>{});
  for (; first < columns; first += kLanes) {
    body(first, static_cast<int>(least(kLanes, columns - first)),
         std::integral_constant<int, 1>{});
  }
}

CAROM_INLINE Vec load_part(const float* at, bool whole, int lanes) {
  return whole ? load(at) : load_first(at, lanes);
}

/// Rows [begin, end): mean and sum of squared deviations of each column, to block[0..C) and on.
void take_moments(const BatchNormParams& p, std::int64_t begin, std::int64_t end, float* block) {
  const float scale = 1.0f / static_cast<float>(end - begin);
  over_columns(p.x.columns, [&](std::int64_t first, int lanes, auto count) {
    constexpr int vectors = count.value;
    Vec mean[vectors] = {}, squares[vectors] = {};
    for (std::int64_t row = begin; row < end; ++row) {
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j)
        mean[j] += load_part(p.x[row] + first + j * kLanes, lanes == kLanes, lanes);
    }
    for (int j = 0; j < vectors; ++j) mean[j] *= scale;
    for (std::int64_t row = begin; row < end; ++row) {
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) {
        const Vec d = load_part(p.x[row] + first + j * kLanes, lanes == kLanes, lanes) - mean[j];
        squares[j] += d * d;
      }
    }
    for (int j = 0; j < vectors; ++j) {
      store_first(block + first + j * kLanes, mean[j], lanes);
      store_first(block + p.x.columns + first + j * kLanes, squares[j], lanes);
    }
  });
}

/// Mean, deviation and running statistics of columns [begin, end).
void combine_moments(const BatchNormParams& p, const float* blocks, Range mine) {
  for (std::int64_t c = mine.begin; c < mine.end; ++c) {
    double rows = 0, mean = 0, squares = 0;
    for (std::int64_t begin = 0; begin < p.x.count; begin += p.block) {
      const float* block = blocks + begin / p.block * 2 * p.x.columns + c;
      const double more = static_cast<double>(least(p.block, p.x.count - begin));
      const double apart = static_cast<double>(block[0]) - mean;
      squares += static_cast<double>(block[p.x.columns]) +
                 apart * apart * rows * more / (rows + more);
      mean += apart * more / (rows + more);
      rows += more;
    }
    p.mean[c] = static_cast<float>(mean);
    p.rstd[c] = static_cast<float>(
        1 / __builtin_sqrt(squares / rows + static_cast<double>(p.eps)));
    if (p.running_mean != nullptr)
      p.running_mean[c] += p.momentum * (p.mean[c] - p.running_mean[c]);
    if (p.running_variance != nullptr) {
      const auto variance = static_cast<float>(squares / (rows - 1));
      p.running_variance[c] += p.momentum * (variance - p.running_variance[c]);
    }
  }
}

void write_rows(const BatchNormParams& p, Range rows) {
  over_columns(p.x.columns, [&](std::int64_t first, int lanes, auto count) {
    constexpr int vectors = count.value;
    Vec mean[vectors], scale[vectors], shift[vectors];
    for (int j = 0; j < vectors; ++j) {
      const std::int64_t at = first + j * kLanes;
      mean[j] = load_first(p.mean + at, lanes);
      scale[j] = load_first(p.rstd + at, lanes);
      if (p.weight != nullptr) scale[j] *= load_first(p.weight + at, lanes);
      shift[j] = p.bias == nullptr ? Vec{} : load_first(p.bias + at, lanes);
    }
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) {
        const std::int64_t at = first + j * kLanes;
        const Vec x = load_part(p.x[row] + at, lanes == kLanes, lanes);
        store_first(p.out[row] + at, (x - mean[j]) * scale[j] + shift[j], lanes);
      }
    }
  });
}

// ------------------------------------------------------------------------------------ backward

/// Rows [begin, end): sums of dy and of dy (x - mean) of each column.
void take_slopes(const BatchNormParams& p, std::int64_t begin, std::int64_t end, float* block) {
  over_columns(p.x.columns, [&](std::int64_t first, int lanes, auto count) {
    constexpr int vectors = count.value;
    Vec mean[vectors], sum[vectors] = {}, product[vectors] = {};
    for (int j = 0; j < vectors; ++j) mean[j] = load_first(p.mean + first + j * kLanes, lanes);
    for (std::int64_t row = begin; row < end; ++row) {
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) {
        const std::int64_t at = first + j * kLanes;
        const Vec dy = load_part(p.dy[row] + at, lanes == kLanes, lanes);
        sum[j] += dy;
        product[j] += dy * (load_part(p.x[row] + at, lanes == kLanes, lanes) - mean[j]);
      }
    }
    for (int j = 0; j < vectors; ++j) {
      store_first(block + first + j * kLanes, sum[j], lanes);
      store_first(block + p.x.columns + first + j * kLanes, product[j], lanes);
    }
  });
}

void combine_slopes(const BatchNormParams& p, const float* blocks, Range mine) {
  const std::int64_t count = (p.x.count + p.block - 1) / p.block;
  for (std::int64_t c = mine.begin; c < mine.end; ++c) {
    double sum = 0, product = 0;
    for (std::int64_t b = 0; b < count; ++b) {
      sum += static_cast<double>(blocks[2 * b * p.x.columns + c]);
      product += static_cast<double>(blocks[(2 * b + 1) * p.x.columns + c]);
    }
    p.dbias[c] = static_cast<float>(sum);
    p.dweight[c] = static_cast<float>(product) * p.rstd[c];
  }
}

void write_slopes(const BatchNormParams& p, Range rows) {
  const float share = 1.0f / static_cast<float>(p.x.count);
  over_columns(p.x.columns, [&](std::int64_t first, int lanes, auto count) {
    constexpr int vectors = count.value;
    // dx = dy a + (x - mean) b + c
    Vec mean[vectors], a[vectors], b[vectors], c[vectors];
    for (int j = 0; j < vectors; ++j) {
      const std::int64_t at = first + j * kLanes;
      const Vec rstd = load_first(p.rstd + at, lanes);
      mean[j] = load_first(p.mean + at, lanes);
      a[j] = p.weight == nullptr ? rstd : rstd * load_first(p.weight + at, lanes);
      b[j] = -a[j] * rstd * load_first(p.dweight + at, lanes) * share;
      c[j] = -a[j] * load_first(p.dbias + at, lanes) * share;
    }
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) {
        const std::int64_t at = first + j * kLanes;
        const Vec x = load_part(p.x[row] + at, lanes == kLanes, lanes) - mean[j];
        const Vec dy = load_part(p.dy[row] + at, lanes == kLanes, lanes);
        store_first(p.out[row] + at, dy * a[j] + x * b[j] + c[j], lanes);
      }
    }
  });
}

/// Calls take(p, begin, end, block) for this rank's blocks.
template <class Take>
CAROM_INLINE void over_blocks(const BatchNormParams& p, const Team& team, float* blocks,
                              Take take) {
  const Range mine = team.share((p.x.count + p.block - 1) / p.block);
  for (std::int64_t b = mine.begin; b < mine.end; ++b) {
    const std::int64_t begin = b * p.block;
    take(p, begin, least(begin + p.block, p.x.count), blocks + 2 * b * p.x.columns);
  }
}

}  // namespace

void batch_norm(const BatchNormParams& p, const Team& team) {
  float* blocks = reinterpret_cast<float*>(team.scratch);
  if (team.phase == 0) return over_blocks(p, team, blocks, take_moments);
  if (team.phase == 1) return combine_moments(p, blocks, team.share(p.x.columns, kLanes));
  write_rows(p, team.share(p.x.count));
}

void batch_norm_backward(const BatchNormParams& p, const Team& team) {
  float* blocks = reinterpret_cast<float*>(team.scratch);
  if (team.phase == 0) return over_blocks(p, team, blocks, take_slopes);
  if (team.phase == 1) return combine_slopes(p, blocks, team.share(p.x.columns, kLanes));
  write_slopes(p, team.share(p.x.count));
}

}  // namespace carom::cpu::CAROM_ISA
