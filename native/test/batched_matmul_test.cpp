// batchedMatmul against matmul, product by product, with repeated and transposed operands.
#include <array>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

/// Matrix `i` of a stack [B, rows, columns].
Operand matrix_of(const Operand& stack, std::int64_t i) {
  Operand one = stack.sliced(0, i, 1);
  one.shape.erase(one.shape.begin());
  one.strides.erase(one.strides.begin());
  return one;
}

Operand swapped(Operand stack) {
  std::swap(stack.shape[1], stack.shape[2]);
  std::swap(stack.strides[1], stack.strides[2]);
  return stack;
}

void compare(Driver& d, const Operand& a, const Operand& b) {
  const std::int64_t count = a.shape[0], m = a.shape[1], n = b.shape[2];
  const Operand whole = d.empty({count, m, n}), one = d.empty({m, n});
  d.run("batchedMatmul", {a, b}, {whole});
  for (std::int64_t i = 0; i < count; ++i) {
    d.run("matmul", {matrix_of(a, i), matrix_of(b, i)}, {one}, {0});
    const std::vector<float> expected = d.read(one);
    CHECK_CLOSE(d.read(matrix_of(whole, i)), std::vector<double>(expected.begin(), expected.end()),
                1e-5, 1e-5);
  }
}

}  // namespace

TEST("batchedMatmul agrees with matmul, also with repeated and transposed operands") {
  Driver d(setup);
  for (const std::int64_t count : {1, 3, 40}) {
    for (const std::int64_t m : {1, 5, 70, 130}) {
      const Operand a = d.random({count, m, 33}, 1), b = d.random({count, 33, 20}, 2);
      compare(d, a, b);
      compare(d, swapped(d.random({count, 33, m}, 3)), b);
      compare(d, a, swapped(d.random({count, 20, 33}, 4)));
      compare(d, a, d.random({33, 20}, 5).expanded({count, 33, 20}));
    }
  }
}

TEST("batchedMatmul of float64, with products of several tiles and pieces") {
  Driver d(setup);
  for (const auto& [m, n, k] : std::vector<std::array<std::int64_t, 3>>{
           {3, 5, 7}, {40, 33, 300}, {130, 70, 17}, {129, 100, 2100}}) {
    const Operand a = d.random({2, m, k}, 1), b = d.random({2, k, n}, 2);
    const Operand a64 = d.empty(a.shape, DType::float64), b64 = d.empty(b.shape, DType::float64);
    const Operand out64 = d.empty({2, m, n}, DType::float64), out = d.empty({2, m, n});
    d.run("copy", {a}, {a64});
    d.run("copy", {b}, {b64});
    d.run("batchedMatmul", {a64, b64}, {out64});
    d.run("copy", {out64}, {out});
    const auto left = d.read(a), right = d.read(b);
    std::vector<double> expected;
    for (std::int64_t row = 0; row < 2 * m; ++row) {
      std::vector<double> sums(static_cast<std::size_t>(n));
      for (std::int64_t i = 0; i < k; ++i) {
        const double factor = left[static_cast<std::size_t>(row * k + i)];
        const float* from = right.data() + (row / m * k + i) * n;
        for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += factor * from[j];
      }
      expected.insert(expected.end(), sums.begin(), sums.end());
    }
    CHECK_CLOSE(d.read(out), expected, 1e-7, 1e-12);
  }
}

TEST("batchedMatmul refuses shapes that do not fit, and other types") {
  Driver d(setup);
  const Operand a = d.random({2, 3, 4}, 1), b = d.random({2, 4, 5}, 2);
  CHECK_ERROR(shape_mismatch, d.run("batchedMatmul", {a, a}, {d.empty({2, 3, 4})}));
  CHECK_ERROR(shape_mismatch, d.run("batchedMatmul", {a, b}, {d.empty({2, 3, 4})}));
  CHECK_ERROR(dtype_mismatch, d.run("batchedMatmul", {a, b}, {d.empty({2, 3, 5}, DType::float64)}));
}
