#include "cuda/host_pages.h"

#include <algorithm>
#include <cstdint>

#include "core/error.h"
#include "cuda/check.h"

namespace carom::cuda {
namespace {

constexpr std::size_t kPage = 4096;

std::byte* page_of(std::byte* data) {
  return data - reinterpret_cast<std::uintptr_t>(data) % kPage;
}

cudaError_t pin(std::byte* begin, std::size_t bytes) {
  return cudaHostRegister(begin, bytes, cudaHostRegisterMapped | cudaHostRegisterPortable);
}

}  // namespace

/// Unregisters the ranges that share a page with [begin, end) and hands them out.
HostPages::Ranges HostPages::take_overlapping(std::byte* begin, std::byte* end) {
  Ranges taken;
  for (auto found = ranges_.begin(); found != ranges_.end();) {
    std::byte* other_end = found->first + found->second.bytes;
    if (found->first >= end || other_end <= begin) {
      ++found;
      continue;
    }
    cudaHostUnregister(found->first);
    taken.insert(*found);
    found = ranges_.erase(found);
  }
  return taken;
}

/// Registers [begin, end) and `parts` as one range; puts the parts back when that fails.
void HostPages::join(const Ranges& parts, std::byte* begin, std::byte* end) {
  int users = 1;
  for (const auto& [at, range] : parts) {
    begin = std::min(begin, at);
    end = std::max(end, at + range.bytes);
    users += range.users;
  }
  const auto bytes = static_cast<std::size_t>(end - begin);
  const cudaError_t error = pin(begin, bytes);
  if (error == cudaSuccess) {
    ranges_[begin] = {bytes, users};
    return;
  }
  cudaGetLastError();
  for (const auto& [at, range] : parts) {
    if (pin(at, range.bytes) == cudaSuccess) ranges_[at] = range;
  }
  check(error, "adopt", "cudaHostRegister");
}

std::byte* HostPages::adopt(std::byte* data, std::size_t bytes, cudaStream_t stream) {
  std::byte* begin = page_of(data);
  std::byte* end = std::max(begin + kPage, page_of(data + bytes + kPage - 1));
  check(cudaStreamSynchronize(stream), "adopt", "cudaStreamSynchronize");
  join(take_overlapping(begin, end), begin, end);
  void* reached = nullptr;
  check(cudaHostGetDevicePointer(&reached, data, 0), "adopt", "cudaHostGetDevicePointer");
  if (reached != data) {
    disown(data, stream);
    throw Error(ErrorCode::internal, "adopt", "this GPU does not share addresses with the host");
  }
  return data;
}

void HostPages::disown(std::byte* data, cudaStream_t stream) {
  for (auto found = ranges_.begin(); found != ranges_.end(); ++found) {
    if (data < found->first || data >= found->first + found->second.bytes) continue;
    if (--found->second.users > 0) return;
    cudaStreamSynchronize(stream);
    cudaHostUnregister(found->first);
    ranges_.erase(found);
    return;
  }
}

bool HostPages::holds(const std::byte* data) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const auto& entry) {
    return data >= entry.first && data < entry.first + entry.second.bytes;
  });
}

void HostPages::release_all() {
  for (const auto& [begin, range] : ranges_) cudaHostUnregister(begin);
  ranges_.clear();
}

}  // namespace carom::cuda
