// Code that was compiled at run time (nvrtc.h), loaded onto the GPU.
#pragma once

#include <string>
#include <vector>

#include "cuda/runtime.h"
#include "program/backend.h"

namespace carom::cuda {

class Module : public KernelModule {
 public:
  /// Throws INTERNAL where the code is not for this GPU.
  explicit Module(const std::vector<std::byte>& cubin);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module() override;

  /// A kernel that is declared extern "C", for cudaLaunchKernel.
  const void* find(const std::string& name) override;

 private:
  cudaLibrary_t library_ = nullptr;
};

}  // namespace carom::cuda
