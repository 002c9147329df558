// softmax family. Short rows are worked on kLanes at a time, one row per lane; long rows one by
// one, along the row.
#include "ops/softmax.h"

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr std::int64_t kShortRow = 2 * kLanes;

CAROM_INLINE int lanes_left(std::int64_t from, std::int64_t end) {
  return end - from < kLanes ? static_cast<int>(end - from) : kLanes;
}

/// -inf in the lanes from n on.
CAROM_INLINE Vec pad_lowest(Vec v, int n) {
  return lane_numbers() < n ? v : splat(-__builtin_inff());
}

CAROM_INLINE Vec pad_zero(Vec v, int n) { return lane_numbers() < n ? v : Vec{}; }

// --------------------------------------------------------------------------- a row per lane

void forward_short(const SoftmaxParams& p, std::int64_t row, int n) {
  const auto logit = [&](std::int64_t a) { return gather_first(p.in[row] + a, p.in.stride, n); };
  Vec top = logit(0);
  for (std::int64_t a = 1; a < p.in.columns; ++a) top = vmax(top, logit(a));
  Vec sum = {};
  for (std::int64_t a = 0; a < p.in.columns; ++a) sum += math::exp(logit(a) - top);
  const Vec log_sum = math::log(sum);
  for (std::int64_t a = 0; a < p.in.columns; ++a) {
    const Vec z = logit(a) - top;
    const Vec y = p.log ? z - log_sum : math::exp(z) / sum;
    scatter_first(p.out[row] + a, p.out.stride, y, n);
  }
}

void backward_short(const SoftmaxParams& p, std::int64_t row, int n) {
  const auto dy = [&](std::int64_t a) { return gather_first(p.in[row] + a, p.in.stride, n); };
  const auto y = [&](std::int64_t a) { return gather_first(p.y[row] + a, p.y.stride, n); };
  Vec sum = {};
  for (std::int64_t a = 0; a < p.in.columns; ++a) sum += p.log ? dy(a) : dy(a) * y(a);
  for (std::int64_t a = 0; a < p.in.columns; ++a) {
    const Vec dx = p.log ? dy(a) - math::exp(y(a)) * sum : y(a) * (dy(a) - sum);
    scatter_first(p.out[row] + a, p.out.stride, dx, n);
  }
}

// --------------------------------------------------------------------------- along the row

void forward_long(const SoftmaxParams& p, std::int64_t row) {
  const float* in = p.in[row];
  float* out = p.out[row];
  const std::int64_t columns = p.in.columns;
  Vec top = splat(-__builtin_inff());
  for (std::int64_t a = 0; a < columns; a += kLanes) {
    const int n = lanes_left(a, columns);
    top = vmax(top, pad_lowest(load_first(in + a, n), n));
  }
  const float most = max_lanes(top);
  Vec sums = {};
  for (std::int64_t a = 0; a < columns; a += kLanes) {
    const int n = lanes_left(a, columns);
    sums += pad_zero(math::exp(load_first(in + a, n) - most), n);
  }
  const float sum = sum_lanes(sums);
  const float log_sum = math::log(sum);
  for (std::int64_t a = 0; a < columns; a += kLanes) {
    const int n = lanes_left(a, columns);
    const Vec z = load_first(in + a, n) - most;
    store_first(out + a, p.log ? z - log_sum : math::exp(z) / sum, n);
  }
}

void backward_long(const SoftmaxParams& p, std::int64_t row) {
  const float* dy = p.in[row];
  const float* y = p.y[row];
  float* out = p.out[row];
  const std::int64_t columns = p.in.columns;
  Vec sums = {};
  for (std::int64_t a = 0; a < columns; a += kLanes) {
    const int n = lanes_left(a, columns);
    const Vec d = load_first(dy + a, n);
    sums += p.log ? d : d * load_first(y + a, n);
  }
  const float sum = sum_lanes(sums);
  for (std::int64_t a = 0; a < columns; a += kLanes) {
    const int n = lanes_left(a, columns);
    const Vec d = load_first(dy + a, n), v = load_first(y + a, n);
    store_first(out + a, p.log ? d - math::exp(v) * sum : v * (d - sum), n);
  }
}

template <class Short, class Long>
void for_each_row(const SoftmaxParams& p, const Team& team, Short short_rows, Long long_row) {
  if (p.in.columns == 0) return;
  const Range mine = team.share(p.in.count, kLanes);
  if (p.in.columns > kShortRow) {
    for (std::int64_t row = mine.begin; row < mine.end; ++row) long_row(p, row);
  } else {
    for (std::int64_t row = mine.begin; row < mine.end; row += kLanes) {
      short_rows(p, row, lanes_left(row, mine.end));
    }
  }
}

}  // namespace

void softmax(const SoftmaxParams& p, const Team& team) {
  for_each_row(p, team, forward_short, forward_long);
}

void softmax_backward(const SoftmaxParams& p, const Team& team) {
  for_each_row(p, team, backward_short, backward_long);
}

}  // namespace carom::cpu::CAROM_ISA
