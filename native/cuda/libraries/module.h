// Code that was compiled at run time (nvrtc.h), loaded onto the GPU.
#pragma once

#include <vector>

#include "cuda/runtime.h"

namespace carom::cuda {

class Module {
 public:
  /// Throws INTERNAL where the code is not for this GPU.
  explicit Module(const std::vector<char>& cubin);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module();

  /// A kernel that is declared extern "C", for cudaLaunchKernel. Throws INTERNAL where there is none.
  const void* kernel(const char* name) const;

 private:
  cudaLibrary_t library_ = nullptr;
};

}  // namespace carom::cuda
