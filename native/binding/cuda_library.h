// libcarom_cuda, which is opened when the first core asks for a GPU: an addon without it loads and
// works as well.
#pragma once

#include <memory>
#include <string>

#include "program/cuda_entry.h"

namespace carom::binding {

/// What `carom doctor` shows. Never throws: what is wrong is in `facts.problem`.
struct CudaReport {
  bool built = false;  // the library is there and of the same sources as the addon
  CudaFacts facts;
};
CudaReport inspect_cuda(const std::string& path);

/// A backend on the GPU. Throws INTERNAL or OUT_OF_MEMORY with the reason in one sentence.
std::unique_ptr<Backend> open_cuda(const std::string& path, const CudaOptions& options);

}  // namespace carom::binding
