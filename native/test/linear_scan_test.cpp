// linearScan against plain loops: columns side by side and alone, time whole and in pieces.
#include <limits>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

/// The recurrence of a, b [T, columns] as it is defined.
std::vector<double> model(const std::vector<float>& a, const std::vector<float>& b,
                          std::int64_t columns, bool reverse) {
  const std::size_t n = static_cast<std::size_t>(columns), size = a.size();
  std::vector<double> y(b.begin(), b.end());
  for (std::size_t k = n; k < size; ++k) {
    const std::size_t i = reverse ? size - 1 - k : k;
    y[i] += static_cast<double>(a[i]) * y[reverse ? i + n : i - n];
  }
  return y;
}

struct Sizes {
  std::int64_t steps, columns;
};

const std::vector<Sizes> kSizes = {{1, 1},    {2, 3},    {7, 5},    {9, 17},   {33, 300},
                                   {63, 6},   {64, 2},   {128, 40}, {300, 70}, {1000, 9},
                                   {5003, 1}, {70, 600}, {200, 16}, {20, 1100}};

}  // namespace

TEST("linearScan: the recurrence, from either end, of any number of columns") {
  Driver d(setup);
  for (const auto& [steps, columns] : kSizes) {
    const Operand a = d.random({steps, columns}, 1, -1.02f, 1.02f);
    const Operand b = d.random({steps, columns}, 2), y = d.empty({steps, columns});
    for (const bool reverse : {false, true}) {
      d.run("linearScan", {a, b}, {y}, {reverse ? 1.0 : 0.0});
      CHECK_CLOSE(d.read(y), model(d.read(a), d.read(b), columns, reverse), 2e-7, 1e-9);
    }
  }
}

TEST("linearScan of long sums loses nothing, and nothing passes a factor of 0") {
  Driver d(setup);
  const std::int64_t steps = 20000;
  std::vector<float> factors(static_cast<std::size_t>(steps * 2), 1.0f);
  factors[24682] = 0;
  const Operand a = d.floats({steps, 2}, factors), b = d.random({steps, 2}, 3, 0, 1);
  const Operand y = d.empty({steps, 2});
  for (const bool reverse : {false, true}) {
    d.run("linearScan", {a, b}, {y}, {reverse ? 1.0 : 0.0});
    CHECK_CLOSE(d.read(y), model(factors, d.read(b), 2, reverse), 1e-7, 0);
  }
}

TEST("linearScan: a state of 0 stays 0 where factors grow beyond all numbers") {
  Driver d(setup);
  const std::size_t steps = 40000;
  const std::vector<float> factors(steps, 1e30f);
  std::vector<float> added(steps, 0.0f), expected(steps, 0.0f);
  added[steps - 3] = 1;
  expected[steps - 3] = 1;
  expected[steps - 2] = 1e30f;
  expected[steps - 1] = std::numeric_limits<float>::infinity();
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(steps)};
  const Operand a = d.floats(shape, factors), b = d.floats(shape, added), y = d.empty(shape);
  d.run("linearScan", {a, b}, {y}, {0});
  CHECK(d.read(y) == expected);
}

TEST("linearScan of float64, of more dimensions, and of nothing") {
  Driver d(setup);
  const std::vector<std::int64_t> shape = {150, 2, 3};
  const Operand a = d.random(shape, 4), b = d.random(shape, 5), y = d.empty(shape);
  const Operand a64 = d.empty(shape, DType::float64), b64 = d.empty(shape, DType::float64);
  const Operand y64 = d.empty(shape, DType::float64);
  d.run("copy", {a}, {a64});
  d.run("copy", {b}, {b64});
  d.run("linearScan", {a64, b64}, {y64}, {1});
  d.run("copy", {y64}, {y});
  CHECK_CLOSE(d.read(y), model(d.read(a), d.read(b), 6, true), 1e-7, 1e-9);
  for (const std::vector<std::int64_t>& none : {std::vector<std::int64_t>{0, 3}, {3, 0}}) {
    d.run("linearScan", {d.empty(none), d.empty(none)}, {d.empty(none)}, {0});
  }
}

TEST("linearScan: a column's result does not depend on its neighbours or on threads") {
  Driver d(setup);
  const std::int64_t steps = 50, columns = 531;
  const Operand a = d.random({steps, columns}, 6), b = d.random({steps, columns}, 7);
  const Operand y = d.empty({steps, columns});
  d.run("linearScan", {a, b}, {y}, {0});
  const std::vector<float> all = d.read(y);
  for (const std::int64_t column : {0, 255, 530}) {
    const Operand a1 = d.empty({steps, 1}), b1 = d.empty({steps, 1}), y1 = d.empty({steps, 1});
    d.run("copy", {a.sliced(1, column, 1)}, {a1});
    d.run("copy", {b.sliced(1, column, 1)}, {b1});
    d.run("linearScan", {a1, b1}, {y1}, {0});
    const std::vector<float> alone = d.read(y.sliced(1, column, 1));
    CHECK(d.read(y1) == alone);
  }
}

TEST("linearScan refuses operands that do not fit") {
  Driver d(setup);
  const Operand a = d.random({4, 3}, 8), y = d.empty({4, 3}), one = d.empty({});
  CHECK_ERROR(shape_mismatch, d.run("linearScan", {a, d.empty({4, 2})}, {y}, {0}));
  CHECK_ERROR(shape_mismatch, d.run("linearScan", {a, a}, {d.empty({3, 4})}, {0}));
  CHECK_ERROR(shape_mismatch, d.run("linearScan", {one, one}, {d.empty({})}, {0}));
  CHECK_ERROR(dtype_mismatch, d.run("linearScan", {a, d.empty({4, 3}, DType::float64)}, {y}, {0}));
  CHECK_ERROR(invalid_argument, d.run("linearScan", {a, a}, {y}, {2}));
  CHECK_ERROR(invalid_argument, d.run("linearScan", {a, a}, {y}));
  const Operand integers = d.empty({4, 3}, DType::int32);
  CHECK_ERROR(dtype_mismatch,
              d.run("linearScan", {integers, integers}, {d.empty({4, 3}, DType::int32)}, {0}));
}
