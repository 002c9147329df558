#include "cuda/gemm.h"
#include "ops/batched_matmul.h"

namespace carom::cuda {
namespace {

template <class T>
void multiply_stack(const BatchedMatmulParams& p, Launch& launch) {
  const GemmParams& g = p.product;
  Stack stack;
  stack.count = p.products;
  stack.rank = p.rank;
  for (int d = 0; d < p.rank; ++d) {
    stack.shape[d] = p.shape[d];
    stack.a[d] = p.a_strides[d];
    stack.b[d] = p.b_strides[d];
    stack.c[d] = p.c_strides[d];
  }
  multiply<T>(launch,
              {p.rows, g.n, g.k, reinterpret_cast<const T*>(p.a), g.a_row, g.a_col,
               reinterpret_cast<const T*>(p.b), g.b_row, g.b_col, reinterpret_cast<T*>(p.c),
               g.c_row, nullptr, Activation::none, false},
              stack);
}

}  // namespace

void batched_matmul(const BatchedMatmulParams& p, Launch& launch) {
  if (p.products == 0) return;
  if (p.dtype == DType::float32) multiply_stack<float>(p, launch);
  else multiply_stack<double>(p, launch);
}

}  // namespace carom::cuda
