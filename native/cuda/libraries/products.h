// Matrix products by cuBLASLt, with bias and relu in its own epilogue.
//
// Of its other epilogues none is used. Those of gradients through relu (DRELU) want a mask of bits that
// the forward product stored, where our recordings keep y; and the sums of a bias' gradient (BGRADA,
// BGRADB) go with a product of dz, which linear_backward has already summed as it wrote dz.
#pragma once

#include <compare>
#include <map>
#include <memory>

#include "cuda/gemm.h"
#include "cuda/libraries/cublas_lt.h"

namespace carom::cuda {

/// A product as cuBLASLt sees it. It counts by columns, so our c [M, N] is its d [N, M]: our b is its
/// first operand, our a its second. All that an algorithm depends on is here.
struct LibraryProduct {
  std::int64_t rows, columns, depth;  // N, M, K
  std::int64_t first_stride, second_stride, result_stride;
  bool first_transposed, second_transposed;
  std::int64_t count, first_step, second_step, result_step;  // equal steps between products
  cublas_lt::Epilogue epilogue;
  cublas_lt::Compute compute;
  bool accumulate;
  std::uint32_t first_alignment, second_alignment, result_alignment;  // bytes

  auto operator<=>(const LibraryProduct&) const = default;
};

/// False where it cannot be said so: strides that no matrix has, steps that differ.
bool describe_product(const Product<float>& p, const Stack& stack, Precision precision,
                      LibraryProduct& out);

/// A handle of cuBLASLt, and for each product met what computes it.
class ProductLibrary {
 public:
  /// Null where no handle can be had.
  static std::unique_ptr<ProductLibrary> open(const cublas_lt::Functions& functions);
  ProductLibrary(const ProductLibrary&) = delete;
  ProductLibrary& operator=(const ProductLibrary&) = delete;
  ~ProductLibrary();

  /// Starts the product; false: nothing was started, and our kernels are to do it. May take the call's
  /// work space first.
  bool multiply(Launch& launch, const Product<float>& p, const Stack& stack);

 private:
  struct Plan {
    bool usable = false;
    cublas_lt::Descriptor descriptor = nullptr;
    cublas_lt::Layout first = nullptr, second = nullptr, result = nullptr;
    cublas_lt::Algorithm algorithm{};
    std::size_t workspace = 0;
  };

  explicit ProductLibrary(const cublas_lt::Functions& functions) : f_(functions) {}
  Plan& plan_of(const LibraryProduct& product, const float* bias);
  bool set_bias(const LibraryProduct& product, const Plan& plan, const float* bias);
  bool describe(const LibraryProduct& product, Plan& plan);
  bool make_layout(cublas_lt::Layout& layout, std::int64_t rows, std::int64_t columns,
                   std::int64_t stride, std::int64_t count, std::int64_t step);
  bool find_algorithm(const LibraryProduct& product, Plan& plan);

  const cublas_lt::Functions f_;
  cublas_lt::Handle handle_ = nullptr;
  std::map<LibraryProduct, Plan> plans_;
};

}  // namespace carom::cuda
