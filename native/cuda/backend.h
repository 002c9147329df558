// The backend of NVIDIA GPUs: one device, one stream; a recorded program is one CUDA graph.
#pragma once

#include <memory>

#include "program/cuda_entry.h"

namespace carom {

/// Throws INTERNAL or OUT_OF_MEMORY, naming the call of CUDA that failed.
std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options);

}  // namespace carom
