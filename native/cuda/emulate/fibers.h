// The threads of a CUDA block as fibers of one thread of the processor. A kernel that never waits runs
// thread after thread on one fiber; where a thread waits for others, the next fiber goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

namespace carom::emulate {

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

struct BlockPlace {
  dim3 grid, size, index;
  std::byte* dynamic;  // memory sized by the launch
};

/// Which thread of which block is running.
struct Place {
  dim3 thread{0, 0, 0};
  const BlockPlace* block = nullptr;
  int number = 0;  // of the thread in its block
};

/// The thread that is running now.
const Place& here();
/// Its place in its warp.
int lane();

/// Runs kernel() once for every thread of every block. Throws std::logic_error when the threads of a
/// block can never go on: some have ended or wait elsewhere while others wait for them.
void run_grid(dim3 grid, dim3 block, std::size_t dynamic_bytes,
              const std::function<void()>& kernel);

void wait_for_block();
void wait_for_warp();
int block_or(int predicate);
unsigned ballot(int predicate);

/// Puts 8 bytes where the lanes of the warp see them, waits, and takes those of lane `from`.
std::uint64_t exchange_bits(std::uint64_t bits, int from);

/// Puts 8 bytes where the lanes of the warp see them, and waits. Returns those of all lanes, which stay
/// until the warp has met again.
const std::uint64_t* show_bits(std::uint64_t bits);

template <class T>
T exchange(T value, int from) {
  static_assert(sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = exchange_bits(bits, from);
  T out;
  std::memcpy(&out, &bits, sizeof(T));
  return out;
}

}  // namespace carom::emulate
