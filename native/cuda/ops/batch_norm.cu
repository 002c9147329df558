#include "cuda/teams.h"
#include "ops/batch_norm.h"

namespace carom::cuda {
namespace {

/// Two sums down a column.
struct Pair {
  double a, b;
  static CAROM_DEVICE Pair first() { return {0, 0}; }
  CAROM_DEVICE void join(const Pair& other) {
    a += other.a;
    b += other.b;
  }
};

/// Calls body(row) for a share's rows, which are loaded by fours: load(row) gives what body takes.
template <class Load, class Body>
CAROM_DEVICE void each_row(Share share, Load load, Body body) {
  constexpr int kTogether = 4;
  const std::int64_t step = share.of;
  std::int64_t row = share.begin + share.number;
  for (; row + (kTogether - 1) * step < share.end; row += kTogether * step) {
    decltype(load(row)) loaded[kTogether];
    for (int k = 0; k < kTogether; ++k) loaded[k] = load(row + k * step);
    for (int k = 0; k < kTogether; ++k) body(loaded[k]);
  }
  for (; row < share.end; row += step) body(load(row));
}

/// Mean and variance of columns. Sums in double of the distance from the first row, so that a mean
/// far from 0 costs the variance nothing.
struct MomentsJob {
  using State = Pair;
  BatchNormParams p;

  CAROM_DEVICE void feed(State& state, std::int64_t c, Share share) const {
    const auto origin = static_cast<double>(p.x.data[c]);
    each_row(
        share, [&](std::int64_t row) { return p.x[row][c]; },
        [&](float x) {
          const double d = static_cast<double>(x) - origin;
          state.a += d;
          state.b += d * d;
        });
  }
  CAROM_DEVICE void finish(std::int64_t c, const State& state) const {
    const auto rows = static_cast<double>(p.x.count);
    const double apart = state.a / rows;
    double squares = state.b - state.a * apart;
    if (squares < 0) squares = 0;
    const auto mean = static_cast<float>(static_cast<double>(p.x.data[c]) + apart);
    p.mean[c] = mean;
    p.rstd[c] = static_cast<float>(1 / sqrt(squares / rows + static_cast<double>(p.eps)));
    if (p.running_mean != nullptr) p.running_mean[c] += p.momentum * (mean - p.running_mean[c]);
    if (p.running_variance != nullptr) {
      const auto variance = static_cast<float>(squares / (rows - 1));
      p.running_variance[c] += p.momentum * (variance - p.running_variance[c]);
    }
  }
};

/// dbias and dweight: sums of dy and of dy (x - mean).
struct SlopesJob {
  using State = Pair;
  struct Loaded {
    float dy, x;
  };
  BatchNormParams p;

  CAROM_DEVICE void feed(State& state, std::int64_t c, Share share) const {
    const float mean = p.mean[c];
    each_row(
        share, [&](std::int64_t row) { return Loaded{p.dy[row][c], p.x[row][c]}; },
        [&](Loaded at) {
          state.a += static_cast<double>(at.dy);
          state.b += static_cast<double>(at.dy * (at.x - mean));
        });
  }
  CAROM_DEVICE void finish(std::int64_t c, const State& state) const {
    p.dbias[c] = static_cast<float>(state.a);
    p.dweight[c] = static_cast<float>(state.b) * p.rstd[c];
  }
};

// Blocks of 32 columns x 8 rows; blockIdx.x counts columns, blockIdx.y rows, and both go on.

constexpr int kColumns = 32, kRows = kThreads / kColumns;

template <class Write>
CAROM_DEVICE void each_column(const BatchNormParams& p, Write write) {
  const std::int64_t step = std::int64_t{gridDim.x} * kColumns;
  for (std::int64_t c = std::int64_t{blockIdx.x} * kColumns + threadIdx.x; c < p.x.columns;
       c += step) {
    write(c);
  }
}

template <class Write>
CAROM_DEVICE void down_rows(const BatchNormParams& p, Write write) {
  const std::int64_t step = std::int64_t{gridDim.y} * kRows;
  for (std::int64_t row = std::int64_t{blockIdx.y} * kRows + threadIdx.y; row < p.x.count;
       row += step) {
    write(row);
  }
}

__global__ void __launch_bounds__(kThreads) write_rows(BatchNormParams p) {
  each_column(p, [&](std::int64_t c) {
    const float mean = p.mean[c];
    const float scale = p.weight == nullptr ? p.rstd[c] : p.rstd[c] * p.weight[c];
    const float shift = p.bias == nullptr ? 0.0f : p.bias[c];
    down_rows(p, [&](std::int64_t row) { p.out[row][c] = (p.x[row][c] - mean) * scale + shift; });
  });
}

__global__ void __launch_bounds__(kThreads) write_slopes(BatchNormParams p) {
  const float share = 1.0f / static_cast<float>(p.x.count);
  each_column(p, [&](std::int64_t column) {
    // dx = dy a + (x - mean) b + c
    const float mean = p.mean[column], rstd = p.rstd[column];
    const float a = p.weight == nullptr ? rstd : rstd * p.weight[column];
    const float b = -a * rstd * p.dweight[column] * share;
    const float c = -a * p.dbias[column] * share;
    down_rows(p, [&](std::int64_t row) {
      p.out[row][column] = p.dy[row][column] * a + (p.x[row][column] - mean) * b + c;
    });
  });
}

void start_rows(Launch& launch, const BatchNormParams& p, void (*kernel)(BatchNormParams)) {
  constexpr std::int64_t kRowsOfThread = 4;
  const std::int64_t across = (p.x.columns + kColumns - 1) / kColumns;
  const std::int64_t down = (p.x.count + kRows * kRowsOfThread - 1) / (kRows * kRowsOfThread);
  const dim3 grid(static_cast<unsigned>(std::min<std::int64_t>(across, 1 << 16)),
                  static_cast<unsigned>(std::min<std::int64_t>(down, 1 << 15)));
  start(launch, grid, dim3(kColumns, kRows), 0, kernel, p);
}

}  // namespace

void batch_norm(const BatchNormParams& p, Launch& launch) {
  run_teams(launch, plan_teams(p.x.columns, p.x.count, true), MomentsJob{p});
  start_rows(launch, p, write_rows);
}

void batch_norm_backward(const BatchNormParams& p, Launch& launch) {
  run_teams(launch, plan_teams(p.x.columns, p.x.count, true), SlopesJob{p});
  start_rows(launch, p, write_slopes);
}

}  // namespace carom::cuda
