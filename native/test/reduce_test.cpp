// Reductions and the softmax family against plain loops in double.
#include <limits>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct Expected {
  std::vector<double> sum, mean, max, min, argmax;
};

/// Reduces the last `columns` elements of each row.
Expected reduce_rows(const std::vector<float>& x, std::size_t columns) {
  Expected e;
  for (std::size_t i = 0; i < x.size(); i += columns) {
    double sum = 0, high = x[i], low = x[i];
    std::size_t at = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      const double v = x[i + j];
      sum += v;
      if (v > high) at = j;
      high = std::max(high, v);
      low = std::min(low, v);
    }
    e.sum.push_back(sum);
    e.mean.push_back(sum / static_cast<double>(columns));
    e.max.push_back(high);
    e.min.push_back(low);
    e.argmax.push_back(static_cast<double>(at));
  }
  return e;
}

void check_reductions(Driver& d, const Operand& x, int trailing) {
  const std::size_t kept = x.shape.size() - static_cast<std::size_t>(trailing);
  const std::vector<std::int64_t> shape(x.shape.begin(),
                                        x.shape.begin() + static_cast<std::ptrdiff_t>(kept));
  const auto columns = static_cast<std::size_t>(x.size() / size_of(shape));
  const Expected e = reduce_rows(d.read(x), columns);
  const Operand out = d.empty(shape), index = d.empty(shape, DType::int32);
  const double k = trailing;
  d.run("sum", {x}, {out}, {k});
  CHECK_CLOSE(d.read(out), e.sum, 1e-6, 1e-5);
  d.run("mean", {x}, {out}, {k});
  CHECK_CLOSE(d.read(out), e.mean, 1e-6, 1e-6);
  d.run("max", {x}, {out}, {k});
  CHECK_CLOSE(d.read(out), e.max, 0, 0);
  d.run("min", {x}, {out}, {k});
  CHECK_CLOSE(d.read(out), e.min, 0, 0);
  d.run("argmax", {x}, {index}, {k});
  CHECK_CLOSE(to_floats(d.read_ints(index)), e.argmax, 0, 0);
}

std::vector<double> log_softmax(const std::vector<float>& x, std::size_t columns) {
  std::vector<double> out;
  for (std::size_t i = 0; i < x.size(); i += columns) {
    double top = x[i], sum = 0;
    for (std::size_t j = 0; j < columns; ++j) top = std::max<double>(top, x[i + j]);
    for (std::size_t j = 0; j < columns; ++j) sum += std::exp(x[i + j] - top);
    for (std::size_t j = 0; j < columns; ++j) out.push_back(x[i + j] - top - std::log(sum));
  }
  return out;
}

}  // namespace

TEST("reductions agree with plain loops on every layout") {
  Driver d(setup.threads, setup.isa);
  check_reductions(d, d.random({100000}, 1), 1);
  check_reductions(d, d.random({7, 1000}, 2), 1);
  check_reductions(d, d.random({7, 9, 11}, 3), 2);
  check_reductions(d, d.random({7, 9, 11}, 4), 3);
  check_reductions(d, d.random({300, 20}, 5).transposed(), 1);
  check_reductions(d, d.random({70, 130}, 6).transposed(), 1);
  check_reductions(d, d.random({30, 20}, 7).sliced(1, 19, 10, -2), 1);
  check_reductions(d, d.random({30, 20}, 8).sliced(1, 19, 10, -2), 2);
  check_reductions(d, d.random({5, 1}, 9).expanded({3, 5, 4}), 2);
  check_reductions(d, d.random({4, 5}, 10), 0);
}

TEST("reductions pass NaN on, argmax finds the first") {
  Driver d(setup.threads, setup.isa);
  const Operand x = d.floats({2, 4}, {1, kNaN, 5, kNaN, 3, 1, 3, 2});
  const Operand out = d.empty({2}), index = d.empty({2}, DType::int32);
  d.run("max", {x}, {out}, {1});
  CHECK_CLOSE(d.read(out), (std::vector<double>{kNaN, 3}), 0, 0);
  d.run("min", {x}, {out}, {1});
  CHECK_CLOSE(d.read(out), (std::vector<double>{kNaN, 1}), 0, 0);
  d.run("argmax", {x}, {index}, {1});
  CHECK((d.read_ints(index) == std::vector<std::int32_t>{1, 0}));
}

TEST("empty reductions: sum is 0, mean NaN, max an error") {
  Driver d(setup.threads, setup.isa);
  const Operand x = d.empty({2, 0}), out = d.empty({2});
  d.run("sum", {x}, {out}, {1});
  CHECK_CLOSE(d.read(out), (std::vector<double>{0, 0}), 0, 0);
  d.run("mean", {x}, {out}, {1});
  CHECK_CLOSE(d.read(out), (std::vector<double>{kNaN, kNaN}), 0, 0);
  CHECK_ERROR(invalid_argument, d.run("max", {x}, {out}, {1}));
  CHECK_ERROR(shape_mismatch, d.run("sum", {x}, {d.empty({3})}, {1}));
  CHECK_ERROR(invalid_argument, d.run("sum", {x}, {out}, {3}));
}

TEST("integers reduce exactly") {
  Driver d(setup.threads, setup.isa);
  const Operand x = d.ints({2, 3}, {1, 2, 3, -4, 5, 100000}), out = d.empty({2}, DType::int32);
  d.run("sum", {x}, {out}, {1});
  CHECK((d.read_ints(out) == std::vector<std::int32_t>{6, 100001}));
  d.run("argmax", {x}, {out}, {1});
  CHECK((d.read_ints(out) == std::vector<std::int32_t>{2, 2}));
}

TEST("softmax and logSoftmax, short rows and long, and their gradients") {
  Driver d(setup.threads, setup.isa);
  for (const std::int64_t columns : {1, 3, 4, 17, 40, 301}) {
    const Operand wide = d.random({50, columns + 2}, 1, -8, 8);
    const Operand x = wide.sliced(1, 1, columns), dy = d.random({50, columns}, 2);
    const Operand y = d.empty({50, columns}), log_y = d.empty({50, columns}),
                  dx = d.empty({50, columns});
    const auto n = static_cast<std::size_t>(columns);
    const auto logs = log_softmax(d.read(x), n);
    std::vector<double> probs, dsoft, dlog;
    for (const double v : logs) probs.push_back(std::exp(v));
    const auto g = d.read(dy);
    for (std::size_t i = 0; i < g.size(); i += n) {
      double dot = 0, sum = 0;
      for (std::size_t j = i; j < i + n; ++j) {
        dot += g[j] * probs[j];
        sum += g[j];
      }
      for (std::size_t j = i; j < i + n; ++j) {
        dsoft.push_back(probs[j] * (g[j] - dot));
        dlog.push_back(g[j] - probs[j] * sum);
      }
    }
    d.run("softmax", {x}, {y});
    CHECK_CLOSE(d.read(y), probs, 2e-6, 1e-7);
    d.run("logSoftmax", {x}, {log_y});
    CHECK_CLOSE(d.read(log_y), logs, 1e-6, 2e-6);
    d.run("softmaxBackward", {dy, y}, {dx});
    CHECK_CLOSE(d.read(dx), dsoft, 1e-5, 2e-6);
    d.run("logSoftmaxBackward", {dy, log_y}, {dx});
    CHECK_CLOSE(d.read(dx), dlog, 1e-5, 1e-5);
  }
}
