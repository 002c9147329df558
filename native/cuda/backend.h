// The backend of NVIDIA GPUs: one device, one stream; a recorded program is one CUDA graph.
#pragma once

#include <memory>

#include "program/backend.h"

namespace carom {

namespace cuda {
enum class Precision;
}

struct CudaOptions {
  int device = 0;
  /// Waits after every step, so that an error names the step that made it.
  bool debug = false;
  cuda::Precision precision{};
};

/// Throws INTERNAL or OUT_OF_MEMORY, naming the call of CUDA that failed.
std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options);

}  // namespace carom
