#include "cuda/reduce.h"
#include "ops/math.h"
#include "ops/softmax.h"

namespace carom::cuda {
namespace {

/// Elements of a row that a lane keeps in registers.
constexpr int kKept = 8;
/// Rows up to this length belong to a warp or to a part of one.
constexpr std::int64_t kWarpRow = 32 * kKept;

/// An operand as rows: row (outer, inner) begins at outer * outer_stride + inner * inner_stride.
template <class T>
struct RowsAt {
  T* data;
  std::int64_t outer_stride, inner_stride, column_stride;
};

struct Operands {
  RowsAt<const float> in, y;
  RowsAt<float> out;
  std::int64_t rows, inner, columns;
  bool log;
};

template <class T>
CAROM_DEVICE T* row_at(const RowsAt<T>& rows, std::int64_t inner, std::int64_t row) {
  if (inner == 1) return rows.data + row * rows.outer_stride;
  return rows.data + row / inner * rows.outer_stride + row % inner * rows.inner_stride;
}

template <class T>
RowsAt<T> rows_at(const Rows<T>& rows) {
  return {rows.data, rows.stride, 0, 1};
}
template <class T>
RowsAt<T> rows_at(const Across<T>& rows) {
  return {rows.data, rows.outer, 1, rows.column};
}

Operands operands_of(const SoftmaxParams& p) {
  if (p.across) {
    return {rows_at(p.in_across),
            rows_at(p.y_across),
            rows_at(p.out_across),
            p.outer * p.inner,
            p.inner,
            p.columns,
            p.log};
  }
  return {rows_at(p.in), rows_at(p.y), rows_at(p.out), p.in.count, 1, p.in.columns, p.log};
}

// What an element becomes.

CAROM_DEVICE float forward_value(bool log, float z, float last) {
  return log ? z - last : math::exp(z) * last;
}
/// What forward_value takes, of a row's sum of exponentials.
CAROM_DEVICE float forward_last(bool log, float sum) { return log ? math::log(sum) : 1.0f / sum; }

CAROM_DEVICE float backward_term(bool log, float dy, float y) { return log ? dy : dy * y; }
CAROM_DEVICE float backward_value(bool log, float dy, float y, float sum) {
  return log ? dy - math::exp(y) * sum : y * (dy - sum);
}

/// The threads of a row are `width` lanes of a warp (a power of two), or all of a block.
struct LaneTeam {
  int width;
  template <class Combine>
  CAROM_DEVICE float all(float value, Combine combine, float) const {
    for (int step = width / 2; step > 0; step /= 2) {
      value = combine(value, __shfl_xor_sync(0xFFFFFFFFu, value, step));
    }
    return value;
  }
};
struct BlockTeam {
  template <class Combine>
  CAROM_DEVICE float all(float value, Combine combine, float neutral) const {
    return block_reduce(value, combine, neutral);
  }
};

// -------------------------------------------------------------------------------- short rows

template <bool backward>
__global__ void __launch_bounds__(kThreads) short_rows(Operands p, int width) {
  const LaneTeam team{width};
  const int lane = static_cast<int>(threadIdx.x) % width;
  const std::int64_t step = global_count() / width;
  // Whole warps go on together: their lanes exchange values.
  for (std::int64_t row = global_index() / width; row - row % (32 / width) < p.rows; row += step) {
    const std::int64_t columns = row < p.rows ? p.columns : 0;
    const float* in = row_at(p.in, p.inner, row < p.rows ? row : 0);
    const float* y = backward ? row_at(p.y, p.inner, row < p.rows ? row : 0) : nullptr;
    float* out = row_at(p.out, p.inner, row < p.rows ? row : 0);
    float kept[kKept], kept_y[kKept], top = -__builtin_inff(), sum = 0;
    for (int k = 0; k < kKept; ++k) {
      const std::int64_t a = lane + k * width;
      kept[k] = kept_y[k] = 0;
      if (a >= columns) continue;
      kept[k] = in[a * p.in.column_stride];
      if (backward) kept_y[k] = y[a * p.y.column_stride];
      else top = Largest{}(top, kept[k]);
    }
    if (!backward) top = team.all(top, Largest{}, 0);
    for (int k = 0; k < kKept; ++k) {
      if (lane + k * width >= columns) continue;
      if (backward) {
        sum += backward_term(p.log, kept[k], kept_y[k]);
      } else {
        kept[k] -= top;
        sum += math::exp(kept[k]);
      }
    }
    sum = team.all(sum, AddUp{}, 0);
    const float last = backward ? sum : forward_last(p.log, sum);
    for (int k = 0; k < kKept; ++k) {
      const std::int64_t a = lane + k * width;
      if (a >= columns) continue;
      out[a * p.out.column_stride] = backward ? backward_value(p.log, kept[k], kept_y[k], last)
                                              : forward_value(p.log, kept[k], last);
    }
  }
}

// --------------------------------------------------------------------------------- any rows
// A row is read anew for each pass: from the first-level cache, mostly.

/// One row by the threads of a team, of which this one is `number` of `of`.
template <bool backward, class Team>
CAROM_DEVICE void work_row(const Operands& p, std::int64_t row, int number, int of, Team team) {
  const float* in = row_at(p.in, p.inner, row);
  const float* y = backward ? row_at(p.y, p.inner, row) : nullptr;
  float* out = row_at(p.out, p.inner, row);
  float top = -__builtin_inff(), sum = 0;
  if (!backward) {
    for (std::int64_t a = number; a < p.columns; a += of) {
      top = Largest{}(top, in[a * p.in.column_stride]);
    }
    top = team.all(top, Largest{}, -__builtin_inff());
  }
  for (std::int64_t a = number; a < p.columns; a += of) {
    const float x = in[a * p.in.column_stride];
    sum += backward ? backward_term(p.log, x, y[a * p.y.column_stride]) : math::exp(x - top);
  }
  sum = team.all(sum, AddUp{}, 0);
  const float last = backward ? sum : forward_last(p.log, sum);
  for (std::int64_t a = number; a < p.columns; a += of) {
    const float x = in[a * p.in.column_stride];
    out[a * p.out.column_stride] = backward
                                       ? backward_value(p.log, x, y[a * p.y.column_stride], last)
                                       : forward_value(p.log, x - top, last);
  }
}

template <bool backward>
__global__ void __launch_bounds__(kThreads) long_rows(Operands p) {
  for (std::int64_t row = blockIdx.x; row < p.rows; row += gridDim.x) {
    work_row<backward>(p, row, static_cast<int>(threadIdx.x), kThreads, BlockTeam{});
  }
}

/// A thread for each row, where neighbouring rows are neighbours in memory.
template <bool backward>
__global__ void __launch_bounds__(kThreads) across_rows(Operands p) {
  for (std::int64_t row = global_index(); row < p.rows; row += global_count()) {
    work_row<backward>(p, row, 0, 1, LaneTeam{1});
  }
}

template <bool backward>
void softmax_as(const SoftmaxParams& params, Launch& launch) {
  constexpr std::int64_t kManyRows = 4096;
  const Operands p = operands_of(params);
  if (p.rows == 0 || p.columns == 0) return;
  if (params.across && (p.rows >= kManyRows || p.columns <= 32)) {
    start(launch, blocks_for(p.rows), kThreads, 0, across_rows<backward>, p);
  } else if (p.columns <= kWarpRow) {
    int width = 1;
    while (width < 32 && width * 2 < p.columns) width *= 2;
    start(launch, blocks_for(p.rows * width), kThreads, 0, short_rows<backward>, p, width);
  } else {
    const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(p.rows, 1 << 20));
    start(launch, blocks, kThreads, 0, long_rows<backward>, p);
  }
}

}  // namespace

void softmax(const SoftmaxParams& p, Launch& launch) { softmax_as<false>(p, launch); }

void softmax_backward(const SoftmaxParams& p, Launch& launch) { softmax_as<true>(p, launch); }

}  // namespace carom::cuda
