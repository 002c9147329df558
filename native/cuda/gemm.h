// The matrix product that gemm, batched_matmul and the recurrent ops start (gemm_kernel.h computes it,
// ops/gemm.cu holds the kernels).
#pragma once

#include "cuda/launch.h"
#include "ops/gemm.h"

namespace carom::cuda {

/// c [M, N] = activation(a [M, K] * b [K, N] + bias [N]), or c += a * b. a and b may have any strides
/// (reads are coalesced where one of them is 1); the rows of c are dense.
template <class T>
struct Product {
  std::int64_t m, n, k;
  const T* a;
  std::int64_t a_row, a_col;
  const T* b;
  std::int64_t b_row, b_col;
  T* c;
  std::int64_t c_row;
  const T* bias;  // null: none
  Activation activation;
  bool accumulate;
};

/// Equal products that run at once: how far their operands are apart in each leading dimension.
struct Stack {
  std::int64_t count = 1;
  int rank = 0;
  std::int64_t shape[kMaxRank], a[kMaxRank], b[kMaxRank], c[kMaxRank];
};

enum class TileKind { large, medium, small, thin, narrow };

/// How a product is cut; by its shape alone. With one piece, an element of c is summed in the order of
/// k, whatever M and N are.
struct Scheme {
  TileKind tile;
  std::int64_t pieces, piece;  // of K, and rows of K in one

  /// Elements of work space: the pieces' products.
  std::int64_t partial_size(std::int64_t m, std::int64_t n, std::int64_t count) const {
    return pieces > 1 ? pieces * count * m * n : 0;
  }
};

Scheme choose_scheme(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t count);

/// Starts the product. `partial` holds scheme.partial_size() elements. Factors of float32 are rounded
/// as launch.precision allows.
void multiply(Launch& launch, const Product<float>& p, const Stack& stack, const Scheme& scheme,
              float* partial);
void multiply(Launch& launch, const Product<double>& p, const Stack& stack, const Scheme& scheme,
              double* partial);

/// The tiles of a scheme, with factors rounded to tf32 or bfloat16 (gemm_tensor.h).
void multiply_tf32(Launch& launch, const Product<float>& p, const Stack& stack,
                   const Scheme& scheme);
void multiply_bfloat16(Launch& launch, const Product<float>& p, const Stack& stack,
                       const Scheme& scheme);

/// multiply() with the scheme that fits, in the call's work space.
template <class T>
void multiply(Launch& launch, const Product<T>& p, const Stack& stack) {
  const Scheme scheme = choose_scheme(p.m, p.n, p.k, stack.count);
  const std::int64_t size = scheme.partial_size(p.m, p.n, stack.count);
  T* partial = nullptr;
  if (size > 0) {
    partial = reinterpret_cast<T*>(launch.workspace(static_cast<std::size_t>(size) * sizeof(T)));
  }
  multiply(launch, p, stack, scheme, partial);
}

/// A product in one piece: for callers whose work space is taken, and where an element must not depend
/// on the number of rows beside it.
void multiply_whole(Launch& launch, const Product<float>& p);

/// c = activation(sum of the pieces + bias), or c +=, with partial [count, pieces, M, N].
void add_pieces(Launch& launch, const Product<float>& p, const Stack& stack, const float* partial,
                std::int64_t pieces);

}  // namespace carom::cuda
