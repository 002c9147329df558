// Ops that move rows by index: results, and that a bad index is an error and never a bad access.
#include <algorithm>
#include <limits>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

TEST("indexSelect gathers rows of any type") {
  Driver d(setup);
  const Operand x = d.random({10, 3, 7}, 1), index = d.ints({4}, {9, 0, 9, 3}),
                out = d.empty({4, 3, 7});
  d.run("indexSelect", {x, index}, {out});
  const auto source = d.read(x);
  std::vector<double> expected;
  for (const std::size_t row : {9, 0, 9, 3}) {
    for (std::size_t j = 0; j < 21; ++j) expected.push_back(source[row * 21 + j]);
  }
  CHECK_CLOSE(d.read(out), expected, 0, 0);
  const Operand words = d.ints({5}, {10, 11, 12, 13, 14}), picked = d.empty({4}, DType::int32);
  d.run("indexSelect", {words, d.ints({4}, {4, 0, 0, 2})}, {picked});
  CHECK((d.read_ints(picked) == std::vector<std::int32_t>{14, 10, 10, 12}));
}

TEST("an index out of range is reported and its row left alone") {
  Driver d(setup);
  const Operand x = d.random({10, 3}, 1), out = d.floats({2, 3}, std::vector<float>(6, 5));
  CHECK_ERROR(invalid_argument, d.run("indexSelect", {x, d.ints({2}, {10, -1})}, {out}));
  CHECK_CLOSE(d.read(out), std::vector<double>(6, 5.0), 0, 0);
  CHECK_ERROR(invalid_argument, d.run("indexAdd", {out, d.ints({2}, {-2000000000, 10})}, {x}));
  CHECK_ERROR(
      invalid_argument,
      d.run("takeAlongLast", {x, d.ints({10}, {0, 1, 2, 3, 0, 0, 0, 0, 0, 0})}, {d.empty({10})}));
  // The fault does not stick.
  d.run("indexSelect", {x, d.ints({2}, {0, 9})}, {out});
}

TEST("indexAdd accumulates repeated rows in order") {
  Driver d(setup);
  const Operand src = d.random({50, 33}, 1), out = d.floats({4, 33}, std::vector<float>(132, 1));
  std::vector<std::int32_t> index;
  for (int i = 0; i < 50; ++i) index.push_back(i * 7 % 4);
  d.run("indexAdd", {src, d.ints({50}, index)}, {out});
  std::vector<double> expected(132, 1);
  const auto values = d.read(src);
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = 0; j < 33; ++j)
      expected[static_cast<std::size_t>(index[i]) * 33 + j] += values[i * 33 + j];
  }
  CHECK_CLOSE(d.read(out), expected, 1e-6, 1e-6);
}

TEST("indexAdd sums long lists in their order, for narrow and wide rows") {
  Driver d(setup);
  const std::size_t count = 2500, rows = 700;
  std::vector<std::int32_t> index;
  for (std::size_t i = 0; i < count; ++i) {
    index.push_back(static_cast<std::int32_t>(i % 3 == 0 ? 5 : i * 31 % rows));
  }
  for (const std::int64_t width : {1, 5, 300}) {
    const auto w = static_cast<std::size_t>(width);
    const Operand src = d.random({2500, width}, 1), out = d.random({700, width}, 2);
    const auto values = d.read(src);
    auto sums = d.read(out);
    for (std::size_t i = 0; i < count; ++i) {
      float* row = sums.data() + static_cast<std::size_t>(index[i]) * w;
      for (std::size_t j = 0; j < w; ++j) row[j] += values[i * w + j];
    }
    d.run("indexAdd", {src, d.ints({2500}, index)}, {out});
    CHECK_CLOSE(d.read(out), (std::vector<double>(sums.begin(), sums.end())), 0, 0);
  }
}

TEST("indexSelect moves long rows and rows at odd places") {
  Driver d(setup);
  const std::vector<std::int32_t> wanted = {2, 0, 1, 2};
  for (const std::int64_t width : {2500, 2503}) {
    const Operand x = d.random({3, width + 1}, 1).sliced(1, 1, width), out = d.empty({4, width});
    d.run("indexSelect", {x, d.ints({4}, wanted)}, {out});
    const auto from = d.read(x);
    std::vector<double> expected;
    for (const std::int32_t row : wanted) {
      const auto begin = from.begin() + row * width;
      expected.insert(expected.end(), begin, begin + width);
    }
    CHECK_CLOSE(d.read(out), expected, 0, 0);
  }
  std::vector<std::uint8_t> bytes(3 * 45);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  const Operand frames = d.bytes({3, 45}, bytes, DType::uint8),
                out = d.empty({1, 45}, DType::uint8);
  d.run("indexSelect", {frames, d.ints({1}, {1})}, {out});
  CHECK((d.read_bytes(out) == std::vector<std::uint8_t>(bytes.begin() + 45, bytes.begin() + 90)));
}

TEST("takeAlongLast and its gradient") {
  Driver d(setup);
  const Operand x = d.floats({3, 2}, {1, 2, 3, 4, 5, 6}), index = d.ints({3}, {1, 0, 1});
  const Operand out = d.empty({3}), dx = d.empty({3, 2});
  d.run("takeAlongLast", {x, index}, {out});
  CHECK_CLOSE(d.read(out), (std::vector<double>{2, 3, 6}), 0, 0);
  d.run("takeAlongLastBackward", {out, index}, {dx});
  CHECK_CLOSE(d.read(dx), (std::vector<double>{0, 2, 3, 0, 0, 6}), 0, 0);
}

TEST("storeRow and increment make a ring") {
  Driver d(setup);
  const Operand ring = d.floats({3, 2}, std::vector<float>(6, 0)), counter = d.ints({1}, {-1});
  for (int i = 0; i < 5; ++i) {
    const auto v = static_cast<float>(i);
    d.run("storeRow", {d.floats({2}, {v, -v}), counter}, {ring});
    d.run("increment", {}, {counter}, {1});
  }
  CHECK_CLOSE(d.read(ring), (std::vector<double>{4, -4, 2, -2, 3, -3}), 0, 0);
  CHECK((d.read_ints(counter) == std::vector<std::int32_t>{4}));
}

TEST("sort takes integers and bytes") {
  Driver d(setup);
  const std::int64_t n = 5003, rows = 2;
  std::vector<std::int32_t> ints;
  std::vector<std::uint8_t> bytes;
  for (std::int64_t i = 0; i < n * rows; ++i) {
    ints.push_back(static_cast<std::int32_t>(static_cast<std::uint32_t>(i) * 2654435761u) >> 8);
    bytes.push_back(static_cast<std::uint8_t>(i * 7919 % 251));
  }
  const auto sorted = [&](const auto& values) {
    std::vector<std::int32_t> all;
    for (std::int64_t row = 0; row < rows; ++row) {
      std::vector<std::int32_t> order(static_cast<std::size_t>(n));
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
      const auto* v = values.data() + row * n;
      std::stable_sort(order.begin(), order.end(),
                       [&](std::int32_t a, std::int32_t b) { return v[a] < v[b]; });
      all.insert(all.end(), order.begin(), order.end());
    }
    return all;
  };
  const Operand out = d.empty({rows, n}, DType::int32);
  d.run("sort", {d.ints({rows, n}, ints)}, {out}, {0});
  CHECK(d.read_ints(out) == sorted(ints));
  d.run("sort", {d.bytes({rows, n}, bytes, DType::uint8)}, {out}, {0});
  CHECK(d.read_ints(out) == sorted(bytes));
}

TEST("sort is stable, puts NaN last and serves rows of any length") {
  Driver d(setup);
  for (const std::int64_t n : {1, 7, 40, 3000, 20000}) {
    const std::int64_t rows = n > 1000 ? 3 : 50;
    auto values = d.read(d.random({rows, n}, 9, -40, 40));
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % 3 == 0) values[i] = static_cast<float>(static_cast<int>(values[i]));  // ties
      if (i % 101 == 50) values[i] = std::numeric_limits<float>::quiet_NaN();
    }
    const Operand x = d.floats({rows, n}, values);
    for (const bool descending : {false, true}) {
      for (const std::int64_t k : {n, n / 8, std::int64_t{0}}) {
        std::vector<std::int32_t> expected;
        for (std::int64_t row = 0; row < rows; ++row) {
          std::vector<std::int32_t> order(static_cast<std::size_t>(n));
          for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
          const float* v = values.data() + row * n;
          const auto less = [](float a, float b) { return a < b || (a == a && b != b); };
          std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
            return descending ? less(v[b], v[a]) : less(v[a], v[b]);
          });
          expected.insert(expected.end(), order.begin(), order.begin() + k);
        }
        const Operand out = d.empty({rows, k}, DType::int32);
        d.run("sort", {x}, {out}, {descending ? 1.0 : 0.0});
        CHECK(d.read_ints(out) == expected);
      }
    }
  }
  const Operand x = d.random({3, 4}, 1), out = d.empty({3, 5}, DType::int32);
  CHECK_ERROR(shape_mismatch, d.run("sort", {x}, {out}, {0}));
  CHECK_ERROR(dtype_mismatch, d.run("sort", {x}, {d.empty({3, 4})}, {0}));
}
