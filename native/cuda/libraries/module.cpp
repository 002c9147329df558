#include "cuda/libraries/module.h"

#include "cuda/check.h"

namespace carom::cuda {

Module::Module(const std::vector<char>& cubin) {
  check(cudaLibraryLoadData(&library_, cubin.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
        "module", "cudaLibraryLoadData");
}

Module::~Module() { cudaLibraryUnload(library_); }

const void* Module::kernel(const char* name) const {
  cudaKernel_t kernel = nullptr;
  check(cudaLibraryGetKernel(&kernel, library_, name), "module", "cudaLibraryGetKernel");
  return reinterpret_cast<const void*>(kernel);
}

}  // namespace carom::cuda
