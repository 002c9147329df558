#include "cuda/staging.h"

#include <algorithm>
#include <cstring>

#include "cuda/check.h"

namespace carom::cuda {

Staging::Slot& Staging::take(std::size_t number, const char* op) {
  Slot& slot = slots_[number % kSlots];
  if (slot.data == nullptr) {
    void* data = nullptr;
    check(cudaHostAlloc(&data, kSlotBytes, cudaHostAllocPortable), op, "cudaHostAlloc");
    const cudaError_t error = cudaEventCreateWithFlags(&slot.copied, cudaEventDisableTiming);
    if (error != cudaSuccess) cudaFreeHost(data);
    check(error, op, "cudaEventCreateWithFlags");
    slot.data = static_cast<std::byte*>(data);
  }
  if (slot.used) check(cudaEventSynchronize(slot.copied), op, "cudaEventSynchronize");
  return slot;
}

void Staging::copy(Slot& slot, std::byte* target, const std::byte* source, std::size_t bytes,
                   cudaStream_t stream, const char* op) {
  check(cudaMemcpyAsync(target, source, bytes, cudaMemcpyDefault, stream), op, "cudaMemcpyAsync");
  check(cudaEventRecord(slot.copied, stream), op, "cudaEventRecord");
  slot.used = true;
}

void Staging::write(std::byte* target, const std::byte* source, std::size_t bytes,
                    cudaStream_t stream) {
  for (std::size_t at = 0; at < bytes; at += kSlotBytes) {
    const std::size_t part = std::min(kSlotBytes, bytes - at);
    Slot& slot = take(next_++, "write");
    std::memcpy(slot.data, source + at, part);
    copy(slot, target + at, slot.data, part, stream, "write");
  }
}

void Staging::read(std::byte* target, const std::byte* source, std::size_t bytes,
                   cudaStream_t stream) {
  const std::size_t first = next_, count = (bytes + kSlotBytes - 1) / kSlotBytes;
  next_ += count;
  const auto part = [&](std::size_t i) { return std::min(kSlotBytes, bytes - i * kSlotBytes); };
  // Chunk i leaves the GPU while chunks before it are taken out of their slots.
  for (std::size_t i = 0; i < count + kSlots - 1; ++i) {
    if (i + 1 >= kSlots) {
      const std::size_t done = i + 1 - kSlots;
      if (done < count) {
        const Slot& slot = take(first + done, "read");
        std::memcpy(target + done * kSlotBytes, slot.data, part(done));
      }
    }
    if (i >= count) continue;
    Slot& slot = take(first + i, "read");
    copy(slot, slot.data, source + i * kSlotBytes, part(i), stream, "read");
  }
}

void Staging::release_all() {
  for (Slot& slot : slots_) {
    if (slot.data == nullptr) continue;
    cudaFreeHost(slot.data);
    cudaEventDestroy(slot.copied);
    slot = {};
  }
}

}  // namespace carom::cuda
