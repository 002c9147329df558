// The exported names of libcarom_cuda (program/cuda_entry.h).
#include "cuda/backend.h"
#include "cuda/inspect.h"
#include "cuda/libraries/libraries.h"

#define CAROM_EXPORT extern "C" __attribute__((visibility("default")))

CAROM_EXPORT const char* carom_cuda_fingerprint() { return CAROM_FINGERPRINT; }

CAROM_EXPORT void carom_cuda_inspect(carom::CudaFacts& facts) {
  facts = carom::cuda::inspect_devices();
  facts.libraries = carom::cuda::inspect_libraries();
}

CAROM_EXPORT void carom_cuda_open(const carom::CudaOptions& options,
                                  std::unique_ptr<carom::Backend>& backend) {
  carom::cuda::require_device(options.device);
  backend = carom::make_cuda_backend(options);
}
