// Waiting for another thread: spin, then yield, then sleep in the kernel.
// Spinning alone collapses when other processes want the cores (a whole time slice is lost at each
// barrier); sleeping alone costs tens of microseconds at each of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace carom {

inline void pause_cpu() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Returns once `word` no longer holds `old`. The writer must call word.notify_all() after the
/// change.
inline void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t old) {
  constexpr int kSpins = 2000;
  constexpr int kYields = 64;
  for (int i = 0; i < kSpins; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
    pause_cpu();
  }
  for (int i = 0; i < kYields; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
    std::this_thread::yield();
  }
  while (word.load(std::memory_order_acquire) == old) word.wait(old, std::memory_order_acquire);
}

}  // namespace carom
