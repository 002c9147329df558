// matmul, linear and linearBackward against plain loops in double, over shapes that reach every
// path.
#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

struct Sizes {
  std::int64_t m, n, k;
};

/// Tiles, ragged edges, thin and long ones, the shapes of a small policy.
const std::vector<Sizes> kSizes = {{1, 1, 1},      {1, 7, 5},      {3, 64, 118},   {4, 5, 1200},
                                   {5, 3, 2},      {6, 64, 32},    {7, 65, 33},    {13, 17, 300},
                                   {16, 48, 16},   {33, 4, 64},    {64, 64, 64},   {130, 118, 9},
                                   {200, 3, 70},   {65, 130, 520}, {64, 118, 600}, {4, 64, 300},
                                   {20, 33, 1025}, {2, 2, 0},      {0, 3, 4},      {3, 0, 4}};

std::vector<double> product(const std::vector<float>& a, const std::vector<float>& b,
                            const Sizes& s) {
  std::vector<double> c(static_cast<std::size_t>(s.m * s.n));
  for (std::int64_t i = 0; i < s.m; ++i) {
    for (std::int64_t j = 0; j < s.n; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < s.k; ++k) {
        sum += static_cast<double>(a[static_cast<std::size_t>(i * s.k + k)]) *
               b[static_cast<std::size_t>(k * s.n + j)];
      }
      c[static_cast<std::size_t>(i * s.n + j)] = sum;
    }
  }
  return c;
}

/// [rows, columns] with the given storage order, inside a larger storage when `padded`.
Operand matrix(Driver& d, std::int64_t rows, std::int64_t columns, bool transposed, bool padded,
               std::uint32_t seed) {
  const std::int64_t r = transposed ? columns : rows, c = transposed ? rows : columns;
  Operand whole = d.random({r + (padded ? 2 : 0), c + (padded ? 3 : 0)}, seed);
  Operand part = whole.sliced(0, padded ? 1 : 0, r).sliced(1, padded ? 2 : 0, c);
  return transposed ? part.transposed() : part;
}

}  // namespace

TEST("matmul agrees with plain loops for every storage order") {
  Driver d(setup);
  for (const Sizes& s : kSizes) {
    const bool large = s.m * s.n * s.k > 500000;
    for (int order = 0; order < 8; order += large ? 3 : 1) {
      const bool padded = (order & 4) != 0;
      const Operand a = matrix(d, s.m, s.k, (order & 1) != 0, padded, 1);
      const Operand b = matrix(d, s.k, s.n, (order & 2) != 0, padded, 2);
      const Operand c = matrix(d, s.m, s.n, false, padded, 3);
      auto expected = product(d.read(a), d.read(b), s);
      d.run("matmul", {a, b}, {c}, {0});
      CHECK_CLOSE(d.read(c), expected, 1e-5, 2e-5);
      for (double& x : expected) x *= 2;
      d.run("matmul", {a, b}, {c}, {1});
      CHECK_CLOSE(d.read(c), expected, 1e-5, 4e-5);
      for (const Operand& x : {a, b, c}) d.engine.free(x.handle);
    }
  }
}

TEST("matmul of large operands agrees with plain loops, at some elements") {
  Driver d(setup);
  for (const Sizes& s : std::vector<Sizes>{{255, 127, 8450}, {127, 190, 4300}, {1500, 700, 20}}) {
    for (int order = 0; order < 4; order += 3) {
      const Operand a = matrix(d, s.m, s.k, (order & 1) != 0, false, 1);
      const Operand b = matrix(d, s.k, s.n, (order & 2) != 0, false, 2);
      const Operand c = d.empty({s.m, s.n});
      d.run("matmul", {a, b}, {c}, {0});
      const auto left = d.read(a), right = d.read(b), whole = d.read(c);
      std::vector<float> some;
      std::vector<double> expected;
      for (std::int64_t i = 0; i < s.m * s.n; i += 61) {
        double sum = 0;
        for (std::int64_t k = 0; k < s.k; ++k) {
          sum += static_cast<double>(left[static_cast<std::size_t>(i / s.n * s.k + k)]) *
                 right[static_cast<std::size_t>(k * s.n + i % s.n)];
        }
        some.push_back(whole[static_cast<std::size_t>(i)]);
        expected.push_back(sum);
      }
      CHECK_CLOSE(some, expected, 1e-5, 1e-4);
      for (const Operand& x : {a, b, c}) d.engine.free(x.handle);
    }
  }
}

TEST("matmul writes nothing outside its output") {
  Driver d(setup);
  for (const Sizes& s : kSizes) {
    const Operand a = d.random({s.m, s.k}, 1), b = d.random({s.k, s.n}, 2);
    const Operand whole = d.empty({s.m + 2, s.n + 2});
    d.run("fill", {}, {whole}, {7});
    d.run("matmul", {a, b}, {whole.sliced(0, 1, s.m).sliced(1, 1, s.n)}, {0});
    const auto all = d.read(whole);
    for (std::int64_t i = 0; i < s.m + 2; ++i) {
      for (std::int64_t j = 0; j < s.n + 2; ++j) {
        const bool inside = i > 0 && i <= s.m && j > 0 && j <= s.n;
        CHECK(inside || all[static_cast<std::size_t>(i * (s.n + 2) + j)] == 7);
      }
    }
  }
}

TEST("linear adds the bias and applies the activation") {
  Driver d(setup);
  for (const Sizes& s : kSizes) {
    const Operand x = d.random({s.m, s.k}, 1), w = d.random({s.n, s.k}, 2),
                  bias = d.random({s.n}, 3);
    const Operand y = d.empty({s.m, s.n});
    const auto plain = product(d.read(x), d.read(w.transposed()), s);
    const auto offset = d.read(bias);
    for (int activation = 0; activation < 3; ++activation) {
      for (const bool with_bias : {true, false}) {
        std::vector<double> expected = plain;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          double& v = expected[i];
          if (with_bias) v += offset[i % static_cast<std::size_t>(s.n)];
          if (activation == 1) v = v > 0 ? v : 0;
          if (activation == 2) v = std::tanh(v);
        }
        const std::vector<Operand> inputs =
            with_bias ? std::vector<Operand>{x, w, bias} : std::vector<Operand>{x, w};
        d.run("linear", inputs, {y}, {static_cast<double>(activation)});
        CHECK_CLOSE(d.read(y), expected, 1e-5, 3e-5);
      }
    }
  }
}

TEST("linear gives the same bits on one thread and on three") {
  Driver one(1, setup.isa), three(3, setup.isa);
  for (const Sizes& s :
       std::vector<Sizes>{{300, 64, 118}, {64, 118, 2048}, {4, 64, 2048}, {2048, 4, 64}}) {
    std::vector<std::vector<float>> results;
    for (Driver* d : {&one, &three}) {
      const Operand a = d->random({s.m, s.k}, 1), b = d->random({s.k, s.n}, 2),
                    c = d->empty({s.m, s.n});
      d->run("matmul", {a, b}, {c}, {0});
      results.push_back(d->read(c));
    }
    CHECK(results[0] == results[1]);
  }
}

TEST("linearBackward differentiates the activation and sums the bias gradient") {
  Driver d(setup);
  for (const auto& [rows, columns] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {1, 1}, {33, 4}, {300, 64}, {70, 130}, {0, 4}, {2100, 3}, {1030, 33}}) {
    const Operand dy = d.random({rows, columns}, 1), y = d.random({rows, columns}, 2);
    const Operand dz = d.empty({rows, columns}), dbias = d.empty({columns});
    const auto g = d.read(dy), v = d.read(y);
    for (int activation = 0; activation < 3; ++activation) {
      std::vector<double> expected, sums(static_cast<std::size_t>(columns));
      for (std::size_t i = 0; i < g.size(); ++i) {
        double z = g[i];
        if (activation == 1) z = v[i] > 0 ? z : 0;
        if (activation == 2) z *= 1 - static_cast<double>(v[i]) * v[i];
        expected.push_back(z);
        sums[i % static_cast<std::size_t>(columns)] += z;
      }
      d.run("linearBackward", {dy, y}, {dz, dbias}, {static_cast<double>(activation)});
      CHECK_CLOSE(d.read(dz), expected, 1e-6, 1e-7);
      CHECK_CLOSE(d.read(dbias), sums, 1e-5, 1e-5);
    }
  }
}

TEST("products refuse operands that do not fit") {
  Driver d(setup);
  const Operand a = d.random({4, 5}, 1), b = d.random({5, 6}, 2), c = d.empty({4, 6});
  CHECK_ERROR(shape_mismatch, d.run("matmul", {a, a}, {c}, {0}));
  CHECK_ERROR(shape_mismatch, d.run("matmul", {a, b}, {a}, {0}));
  CHECK_ERROR(invalid_argument, d.run("matmul", {a, b}, {c}, {2}));
  CHECK_ERROR(invalid_argument, d.run("matmul", {a, b}, {c}));
  CHECK_ERROR(shape_mismatch, d.run("linear", {a, b}, {c}, {0}));
  const Operand wide = d.random({8, 10}, 3);
  CHECK_ERROR(invalid_argument,
              d.run("matmul", {wide.sliced(0, 0, 4, 2).sliced(1, 0, 5, 2), b}, {c}, {0}));
  CHECK_ERROR(dtype_mismatch, d.run("matmul", {a, d.empty({5, 6}, DType::int32)}, {c}, {0}));
}
