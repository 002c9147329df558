#include "cuda/check.h"

#include "core/error.h"
#include "core/text.h"

namespace carom::cuda {

void check(cudaError_t error, const char* op, const char* call) {
  if (error == cudaSuccess) return;
  const ErrorCode code =
      error == cudaErrorMemoryAllocation ? ErrorCode::out_of_memory : ErrorCode::internal;
  throw Error(
      code, op,
      text(call, " failed: ", cudaGetErrorString(error), " (", cudaGetErrorName(error), ")"));
}

}  // namespace carom::cuda
