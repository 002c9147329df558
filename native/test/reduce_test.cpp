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
  Driver d(setup);
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

TEST("reductions of many elements to few results, by rows and by columns") {
  Driver d(setup);
  check_reductions(d, d.random({3, 70001}, 1), 1);
  check_reductions(d, d.random({70001, 3}, 2).transposed(), 1);
  check_reductions(d, d.random({2, 3, 40001}, 3).sliced(2, 1, 39997), 2);
  check_reductions(d, d.random({4001, 40}, 4).transposed(), 1);
}

TEST("reductions pass NaN on, argmax finds the first") {
  Driver d(setup);
  const Operand x = d.floats({2, 4}, {1, kNaN, 5, kNaN, 3, 1, 3, 2});
  const Operand out = d.empty({2}), index = d.empty({2}, DType::int32);
  d.run("max", {x}, {out}, {1});
  CHECK_CLOSE(d.read(out), (std::vector<double>{kNaN, 3}), 0, 0);
  d.run("min", {x}, {out}, {1});
  CHECK_CLOSE(d.read(out), (std::vector<double>{kNaN, 1}), 0, 0);
  d.run("argmax", {x}, {index}, {1});
  CHECK((d.read_ints(index) == std::vector<std::int32_t>{1, 0}));
}

TEST("argmax of a long row finds the first of equals and the first NaN") {
  Driver d(setup);
  const std::size_t n = 70001;
  for (const bool columns : {false, true}) {
    for (const float top : {9.0f, kNaN}) {
      std::vector<float> values(2 * n, 1);
      const auto at = [&](std::size_t row, std::size_t i) -> float& {
        return values[columns ? 2 * i + row : row * n + i];
      };
      for (const std::size_t i : {41003, 41004, 69999}) at(0, i) = top;
      for (const std::size_t i : {3, 4100, 70000}) at(1, i) = top;
      const auto m = static_cast<std::int64_t>(n);
      const Operand made = d.floats(
          columns ? std::vector{m, std::int64_t{2}} : std::vector{std::int64_t{2}, m}, values);
      const Operand index = d.empty({2}, DType::int32);
      d.run("argmax", {columns ? made.transposed() : made}, {index}, {1});
      CHECK((d.read_ints(index) == std::vector<std::int32_t>{41003, 3}));
    }
  }
}

TEST("empty reductions: sum is 0, mean NaN, max an error") {
  Driver d(setup);
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
  Driver d(setup);
  const Operand x = d.ints({2, 3}, {1, 2, 3, -4, 5, 100000}), out = d.empty({2}, DType::int32);
  d.run("sum", {x}, {out}, {1});
  CHECK((d.read_ints(out) == std::vector<std::int32_t>{6, 100001}));
  d.run("argmax", {x}, {out}, {1});
  CHECK((d.read_ints(out) == std::vector<std::int32_t>{2, 2}));
}

TEST("bytes reduce, and integers down columns") {
  Driver d(setup);
  std::vector<std::uint8_t> bytes;
  std::vector<std::int32_t> ints, sums(3);
  std::vector<std::uint8_t> most(3), least(3, 255);
  for (std::size_t i = 0; i < 3 * 5001; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(20 + i * 7919 % 201));
    ints.push_back(static_cast<std::int32_t>(i * 2654435761u));
    most[i / 5001] = std::max(most[i / 5001], bytes.back());
    least[i / 5001] = std::min(least[i / 5001], bytes.back());
    sums[i % 3] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[i % 3]) +
                                            static_cast<std::uint32_t>(ints.back()));
  }
  const Operand x = d.bytes({3, 5001}, bytes, DType::uint8), out = d.empty({3}, DType::uint8);
  d.run("max", {x}, {out}, {1});
  CHECK(d.read_bytes(out) == most);
  d.run("min", {x}, {out}, {1});
  CHECK(d.read_bytes(out) == least);
  const Operand sum = d.empty({3}, DType::int32);
  d.run("sum", {d.ints({5001, 3}, ints).transposed()}, {sum}, {1});
  CHECK(d.read_ints(sum) == sums);
}

TEST("softmax and logSoftmax, short rows and long, and their gradients") {
  Driver d(setup);
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

TEST("softmax of long rows, and of any axis") {
  Driver d(setup);
  // Shapes with the reduced axis in front: [A, Q], read as [Q, A].
  for (const auto& [columns, rows] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {5, 300}, {70, 33}, {2000, 3}, {40, 5000}}) {
    for (const bool across : {false, true}) {
      const auto made = [&](std::uint32_t seed, float high) {
        return across ? d.random({columns, rows}, seed, -high, high).transposed()
                      : d.random({rows, columns}, seed, -high, high);
      };
      const Operand x = made(1, 8), dy = made(2, 1), y = made(3, 0), dx = made(4, 0);
      const auto n = static_cast<std::size_t>(columns);
      const auto logs = log_softmax(d.read(x), n);
      const auto g = d.read(dy);
      std::vector<double> slopes;
      for (std::size_t i = 0; i < g.size(); i += n) {
        double sum = 0;
        for (std::size_t j = i; j < i + n; ++j) sum += g[j];
        for (std::size_t j = i; j < i + n; ++j) slopes.push_back(g[j] - std::exp(logs[j]) * sum);
      }
      d.run("logSoftmax", {x}, {y});
      CHECK_CLOSE(d.read(y), logs, 1e-6, 3e-6);
      d.run("logSoftmaxBackward", {dy, y}, {dx});
      CHECK_CLOSE(d.read(dx), slopes, 2e-5, 1e-5);
    }
  }
}

TEST("products, least positions and truth, by rows and by columns") {
  Driver d(setup);
  for (const bool columns : {false, true}) {
    const Operand made =
        d.random(columns ? std::vector<std::int64_t>{37, 300} : std::vector<std::int64_t>{300, 37},
                 5, 0.8f, 1.2f);
    const Operand x = columns ? made.transposed() : made;
    const auto values = d.read(x);
    std::vector<double> product(300, 1), least(300, 0);
    std::vector<std::uint8_t> bits, any(300, 0), all(300, 1);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t row = i / 37;
      product[row] *= values[i];
      if (values[i] < values[row * 37 + static_cast<std::size_t>(least[row])]) {
        least[row] = static_cast<double>(i % 37);
      }
      bits.push_back(row % 3 == 0 ? 0 : row % 3 == 1 ? 1 : values[i] > 1);
      any[row] |= bits.back();
      all[row] &= bits.back();
    }
    const Operand out = d.empty({300}), index = d.empty({300}, DType::int32);
    const Operand flags = d.bytes({300, 37}, bits), truth = d.empty({300}, DType::boolean);
    d.run("prod", {x}, {out}, {1});
    CHECK_CLOSE(d.read(out), product, 1e-5, 0);
    d.run("argmin", {x}, {index}, {1});
    CHECK_CLOSE(to_floats(d.read_ints(index)), least, 0, 0);
    d.run("any", {flags}, {truth}, {1});
    CHECK(d.read_bytes(truth) == any);
    d.run("all", {flags}, {truth}, {1});
    CHECK(d.read_bytes(truth) == all);
    CHECK_ERROR(dtype_mismatch, d.run("any", {x}, {truth}, {1}));
    CHECK_ERROR(dtype_mismatch, d.run("sum", {flags}, {truth}, {1}));
  }
}

TEST("cumsum runs along any dimension, from either end") {
  Driver d(setup);
  const std::int64_t shape[] = {3, 43, 5};
  const Operand x = d.random({3, 43, 5}, 8), out = d.empty({3, 43, 5});
  const auto values = d.read(x);
  for (int axis = 0; axis < 3; ++axis) {
    for (const bool reverse : {false, true}) {
      const std::int64_t inner = axis == 0 ? 215 : axis == 1 ? 5 : 1, n = shape[axis];
      std::vector<double> expected(values.begin(), values.end());
      for (std::int64_t k = 0; k < 645; ++k) {
        const std::int64_t i = reverse ? 644 - k : k, at = i / inner % n;
        const std::int64_t before = reverse ? i + inner : i - inner;
        if (at == (reverse ? n - 1 : 0)) continue;
        expected[static_cast<std::size_t>(i)] += expected[static_cast<std::size_t>(before)];
      }
      d.run("cumsum", {x}, {out}, {static_cast<double>(axis), reverse ? 1.0 : 0.0});
      CHECK_CLOSE(d.read(out), expected, 1e-6, 1e-6);
    }
  }
  CHECK_ERROR(invalid_argument, d.run("cumsum", {x}, {out}, {3, 0}));
  CHECK_ERROR(shape_mismatch, d.run("cumsum", {x}, {d.empty({645})}, {0, 0}));
}

TEST("cumsum of long runs") {
  Driver d(setup);
  for (const std::int64_t inner : {1, 3}) {
    const std::int64_t n = 30001;
    const Operand x = d.random({n, inner}, 4, -1, 1), out = d.empty({n, inner});
    const auto values = d.read(x);
    for (const bool reverse : {false, true}) {
      std::vector<double> expected(values.begin(), values.end());
      for (std::int64_t k = inner; k < n * inner; ++k) {
        const std::int64_t i = reverse ? n * inner - 1 - k : k;
        expected[static_cast<std::size_t>(i)] +=
            expected[static_cast<std::size_t>(reverse ? i + inner : i - inner)];
      }
      d.run("cumsum", {x}, {out}, {0, reverse ? 1.0 : 0.0});
      CHECK_CLOSE(d.read(out), expected, 1e-6, 1e-5);
    }
  }
}
