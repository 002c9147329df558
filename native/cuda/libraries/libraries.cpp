#include "cuda/libraries/libraries.h"

#include "core/error.h"
#include "core/text.h"
#include "cuda/libraries/nvrtc.h"

namespace carom::cuda {
namespace {

constexpr const char* kProducts = "CAROM_CUDA_PRODUCTS";
constexpr const char* kConvolutions = "CAROM_CUDA_CONVOLUTIONS";

Preference wanted(const char* variable) {
  return read_preference(variable, this_machine().variable(variable));
}

void require(const char* variable, const LibraryReport& report) {
  if (report.found) return;
  throw Error(ErrorCode::invalid_argument, "open",
              text(variable, " asks for ", report.name, ", which is not there: ", report.reason));
}

}  // namespace

std::vector<LibraryReport> inspect_libraries() {
  return {cublas_lt::load().report, cudnn::load().report, nvrtc::load().report};
}

Libraries::Libraries()
    : products_wanted_(wanted(kProducts)), convolutions_wanted_(wanted(kConvolutions)) {
  if (products_wanted_ == Preference::library) require(kProducts, cublas_lt::load().report);
  if (convolutions_wanted_ == Preference::library) require(kConvolutions, cudnn::load().report);
}

Libraries::Libraries(Preference preference, std::unique_ptr<ProductLibrary> products,
                     std::unique_ptr<ConvolutionLibrary> convolutions)
    : products_wanted_(preference),
      convolutions_wanted_(preference),
      products_sought_(true),
      convolutions_sought_(true),
      products_(std::move(products)),
      convolutions_(std::move(convolutions)) {}

ProductLibrary* Libraries::for_product(std::int64_t m, std::int64_t n, std::int64_t k,
                                       std::int64_t count) {
  if (!library_multiplies(products_wanted_, m, n, k, count)) return nullptr;
  if (!products_sought_) {
    products_sought_ = true;
    const auto& [report, functions] = cublas_lt::load();
    if (report.found) products_ = ProductLibrary::open(functions);
  }
  return products_.get();
}

ConvolutionLibrary* Libraries::for_convolution(const ConvShape& shape, cudaStream_t stream) {
  if (!library_convolves(convolutions_wanted_, shape)) return nullptr;
  if (!convolutions_sought_) {
    convolutions_sought_ = true;
    const auto& [report, functions] = cudnn::load();
    if (report.found) convolutions_ = ConvolutionLibrary::open(functions, stream);
  }
  return convolutions_.get();
}

std::unique_ptr<Libraries> make_libraries() {
#if defined(CAROM_EMULATE)
  return nullptr;
#else
  return std::make_unique<Libraries>();
#endif
}

}  // namespace carom::cuda
