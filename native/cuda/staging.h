// Copies between memory of the host, which may be anywhere, and the GPU, through a few pinned buffers:
// only from pinned memory does the GPU copy by itself.
#pragma once

#include <array>
#include <cstddef>

#include "cuda/runtime.h"

namespace carom::cuda {

class Staging {
 public:
  static constexpr std::size_t kSlotBytes = std::size_t{1} << 20;

  /// Returns when `source` may change; the GPU has its copy before whatever `stream` is given next.
  void write(std::byte* target, const std::byte* source, std::size_t bytes, cudaStream_t stream);
  /// Returns when `target` is filled.
  void read(std::byte* target, const std::byte* source, std::size_t bytes, cudaStream_t stream);
  void release_all();

 private:
  static constexpr std::size_t kSlots = 8;
  struct Slot {
    std::byte* data = nullptr;
    cudaEvent_t copied{};
    bool used = false;  // whether `copied` was ever recorded
  };

  /// The slot of chunk `number`, when the copy before has left it.
  Slot& take(std::size_t number, const char* op);
  void copy(Slot& slot, std::byte* target, const std::byte* source, std::size_t bytes,
            cudaStream_t stream, const char* op);

  std::array<Slot, kSlots> slots_;
  std::size_t next_ = 0;
};

}  // namespace carom::cuda
