#include "cuda/libraries/module.h"

#include "cuda/check.h"

namespace carom::cuda {

Module::Module(const std::vector<std::byte>& cubin) {
  check(cudaLibraryLoadData(&library_, cubin.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
        "load", "cudaLibraryLoadData");
}

Module::~Module() { cudaLibraryUnload(library_); }

const void* Module::find(const std::string& name) {
  cudaKernel_t kernel = nullptr;
  if (cudaLibraryGetKernel(&kernel, library_, name.c_str()) != cudaSuccess) {
    cudaGetLastError();
    return nullptr;
  }
  return reinterpret_cast<const void*>(kernel);
}

}  // namespace carom::cuda
