// gather, scatterAdd, oneHot and triangle: results against plain loops, and what they refuse.
#include <utility>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

TEST("gather and scatterAdd move whole lines and single elements") {
  Driver d(setup);
  const std::int64_t n = 40, count = 90, inner = 5;
  const Operand x = d.random({3, n, inner}, 1);
  std::vector<std::int32_t> at;
  for (std::int64_t i = 0; i < 3 * count * inner; ++i) {
    at.push_back(static_cast<std::int32_t>(i * 7 % n));
  }
  const Operand index = d.ints({3, count, inner}, at);
  const Operand taken = d.empty({3, count, inner});
  d.run("gather", {x, index}, {taken}, {1});
  const std::vector<float> from = d.read(x);
  std::vector<double> expected, sums(from.begin(), from.end());
  for (std::int64_t i = 0; i < 3 * count * inner; ++i) {
    const std::int64_t outer = i / (count * inner);
    const auto to =
        static_cast<std::size_t>((outer * n + at[static_cast<std::size_t>(i)]) * inner + i % inner);
    expected.push_back(from[to]);
    sums[to] += from[to];
  }
  CHECK_CLOSE(d.read(taken), expected, 0, 0);
  d.run("scatterAdd", {taken, index}, {x}, {1});
  CHECK_CLOSE(d.read(x), sums, 1e-5, 1e-5);
}

TEST("scatterAdd sums one long line in its order") {
  Driver d(setup);
  const std::size_t count = 2500;
  std::vector<std::int32_t> at;
  for (std::size_t i = 0; i < count; ++i) {
    at.push_back(static_cast<std::int32_t>(i % 3 == 0 ? 5 : i * 31 % 700));
  }
  const Operand index = d.ints({2500}, at), source = d.random({2500}, 1), out = d.random({700}, 2);
  const std::vector<float> values = d.read(source);
  std::vector<float> sums = d.read(out);
  for (std::size_t i = 0; i < count; ++i) sums[static_cast<std::size_t>(at[i])] += values[i];
  d.run("scatterAdd", {source, index}, {out}, {0});
  CHECK_CLOSE(d.read(out), (std::vector<double>(sums.begin(), sums.end())), 0, 0);
}

TEST("gather, scatterAdd and oneHot report an index out of range and write nothing for it") {
  Driver d(setup);
  const Operand x = d.floats({2, 2}, {1, 2, 3, 4});
  const Operand index = d.ints({2, 2}, {0, -1, 2, 1});
  const Operand out = d.floats({2, 2}, {9, 9, 9, 9});
  CHECK_ERROR(invalid_argument, d.run("gather", {x, index}, {out}, {1}));
  CHECK_CLOSE(d.read(out), (std::vector<double>{1, 9, 9, 4}), 0, 0);
  CHECK_ERROR(invalid_argument, d.run("scatterAdd", {x, index}, {out}, {1}));
  CHECK_CLOSE(d.read(out), (std::vector<double>{2, 9, 9, 8}), 0, 0);
  const Operand hot = d.empty({4, 2});
  CHECK_ERROR(invalid_argument, d.run("oneHot", {d.ints({4}, {0, -1, 2, 1})}, {hot}));
  CHECK_CLOSE(d.read(hot), (std::vector<double>{1, 0, 0, 0, 0, 0, 0, 1}), 0, 0);
}

TEST("gather, scatterAdd and triangle refuse shapes that do not fit") {
  Driver d(setup);
  const Operand x = d.random({2, 3}, 1), index = d.ints({3, 3}, std::vector<std::int32_t>(9));
  CHECK_ERROR(shape_mismatch, d.run("gather", {x, index}, {d.empty({3, 3})}, {1}));
  CHECK_ERROR(shape_mismatch, d.run("gather", {x, index}, {d.empty({2, 3})}, {0}));
  CHECK_ERROR(invalid_argument, d.run("gather", {x, index}, {d.empty({3, 3})}, {2}));
  CHECK_ERROR(shape_mismatch, d.run("scatterAdd", {x, index}, {d.empty({2, 3})}, {0}));
  const Operand turned = d.empty({3, 2}).transposed();
  CHECK_ERROR(invalid_argument, d.run("scatterAdd", {x, index.sliced(0, 0, 2)}, {turned}, {0}));
  CHECK_ERROR(shape_mismatch, d.run("triangle", {x}, {d.empty({2, 3})}, {0, 0}));
}

TEST("triangle keeps one side of a diagonal") {
  Driver d(setup);
  const Operand x = d.random({2, 19, 35}, 1);
  const Operand out = d.empty({2, 19, 35});
  const std::vector<float> from = d.read(x);
  for (int diagonal = -20; diagonal <= 40; diagonal += 12) {
    for (int upper = 0; upper < 2; ++upper) {
      d.run("triangle", {x}, {out}, {static_cast<double>(upper), static_cast<double>(diagonal)});
      std::vector<double> expected(from.begin(), from.end());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto distance = static_cast<int>(i % 35) - static_cast<int>(i / 35 % 19);
        if (upper != 0 ? distance < diagonal : distance > diagonal) expected[i] = 0;
      }
      CHECK_CLOSE(d.read(out), expected, 0, 0);
    }
  }
}

TEST("copies turn blocks round for every size") {
  Driver d(setup);
  for (const std::int64_t rows : {4, 15, 16, 17, 64, 65, 130}) {
    for (const std::int64_t columns : {4, 16, 31, 129, 300}) {
      const Operand x = d.random({2, rows, columns}, 1);
      Operand turned = x;
      std::swap(turned.shape[1], turned.shape[2]);
      std::swap(turned.strides[1], turned.strides[2]);
      const Operand out = d.empty({2, columns, rows});
      d.run("copy", {turned}, {out});
      const std::vector<float> wanted = d.read(turned);
      CHECK_CLOSE(d.read(out), (std::vector<double>(wanted.begin(), wanted.end())), 0, 0);
    }
  }
}
