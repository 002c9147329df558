// NVIDIA's libraries as the backend uses them: opened when first wanted, their handles and plans kept
// for as long as it lives.
#pragma once

#include <memory>
#include <vector>

#include "cuda/libraries/choice.h"
#include "cuda/libraries/convolutions.h"
#include "cuda/libraries/finder.h"
#include "cuda/libraries/products.h"

namespace carom::cuda {

/// What of them is on this machine. Opens all of them; needs no GPU.
std::vector<LibraryReport> inspect_libraries();

class Libraries {
 public:
  /// As CAROM_CUDA_PRODUCTS and CAROM_CUDA_CONVOLUTIONS say. Throws INVALID_ARGUMENT where one of them
  /// asks for a library that is not there.
  Libraries();
  /// With these, already open; null: not there.
  Libraries(Preference preference, std::unique_ptr<ProductLibrary> products,
            std::unique_ptr<ConvolutionLibrary> convolutions);

  /// The one that is to compute products of this shape; null: our kernels are.
  ProductLibrary* for_product(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t count);
  ConvolutionLibrary* for_convolution(const ConvShape& shape, cudaStream_t stream);

 private:
  Preference products_wanted_, convolutions_wanted_;
  bool products_sought_ = false, convolutions_sought_ = false;  // whatever came of it
  std::unique_ptr<ProductLibrary> products_;
  std::unique_ptr<ConvolutionLibrary> convolutions_;
};

/// Null on the emulated GPU.
std::unique_ptr<Libraries> make_libraries();

}  // namespace carom::cuda
