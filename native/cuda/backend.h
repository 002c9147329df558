// The backend of NVIDIA GPUs: one device, one stream; a recorded program is one CUDA graph.
#pragma once

#include <memory>

#include "program/backend.h"

namespace carom {

/// `debug`: waits after every step, so that an error names the step that made it.
/// Throws INTERNAL or OUT_OF_MEMORY, naming the call of CUDA that failed.
std::unique_ptr<Backend> make_cuda_backend(int device, bool debug);

}  // namespace carom
