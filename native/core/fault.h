// Fault: how a kernel reports bad data (an index out of range) that only shows while it runs.
// Kernels do not throw: the first fault wins, the kernel skips the bad element, and the engine
// throws after the run.
#pragma once

#include <atomic>
#include <cstdint>

namespace carom {

class Fault {
 public:
  /// Any rank may call this. `position`: which element; `value`: what it held; `limit`: it must be
  /// in 0..limit-1.
  void raise(const char* op, std::int64_t position, std::int64_t value, std::int64_t limit);
  bool raised() const { return state_.load(std::memory_order_acquire) == kReady; }
  /// Throws the INVALID_ARGUMENT that the fault describes, and clears it. Only after the run.
  void rethrow();

 private:
  static constexpr int kNone = 0, kWriting = 1, kReady = 2;
  std::atomic<int> state_{kNone};
  const char* op_ = "";
  std::int64_t position_ = 0;
  std::int64_t value_ = 0;
  std::int64_t limit_ = 0;
};

}  // namespace carom
