// Every call of CUDA is checked: an error becomes a carom::Error that names the op and the call.
#pragma once

#include "cuda/runtime.h"

namespace carom::cuda {

/// Throws OUT_OF_MEMORY or INTERNAL in the name of `op` unless `error` is cudaSuccess.
void check(cudaError_t error, const char* op, const char* call);

}  // namespace carom::cuda
