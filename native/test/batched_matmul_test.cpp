// batchedMatmul against matmul, product by product, with repeated and transposed operands.
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
    CHECK_CLOSE(d.read(matrix_of(whole, i)),
                std::vector<double>(expected.begin(), expected.end()), 1e-5, 1e-5);
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

TEST("batchedMatmul refuses shapes that do not fit, and other types") {
  Driver d(setup);
  const Operand a = d.random({2, 3, 4}, 1), b = d.random({2, 4, 5}, 2);
  CHECK_ERROR(shape_mismatch, d.run("batchedMatmul", {a, a}, {d.empty({2, 3, 4})}));
  CHECK_ERROR(shape_mismatch, d.run("batchedMatmul", {a, b}, {d.empty({2, 3, 4})}));
  CHECK_ERROR(dtype_mismatch,
               d.run("batchedMatmul", {a, b}, {d.empty({2, 3, 5}, DType::float64)}));
}
