// Memory of the caller that the GPU reaches in place. Registered by pages, and pages once, however many
// arrays lie in them.
#pragma once

#include <cstddef>
#include <map>

#include "cuda/runtime.h"

namespace carom::cuda {

class HostPages {
 public:
  /// The address under which the GPU reaches `data`. Throws INTERNAL or OUT_OF_MEMORY, and then all that
  /// was registered still is.
  std::byte* adopt(std::byte* data, std::size_t bytes, cudaStream_t stream);
  void disown(std::byte* data, cudaStream_t stream);
  bool holds(const std::byte* data) const;
  void release_all();

 private:
  struct Range {
    std::size_t bytes;
    int users;
  };
  using Ranges = std::map<std::byte*, Range>;  // by first page

  Ranges take_overlapping(std::byte* begin, std::byte* end);
  void join(const Ranges& parts, std::byte* begin, std::byte* end);

  Ranges ranges_;
};

}  // namespace carom::cuda
