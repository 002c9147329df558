// Caching allocator: blocks of a few sizes per power of two, 64-byte aligned, kept for reuse.
// A MemoryPool is a set of free blocks: the main one serves eager code; each recorded program has
// its own, so that nothing outside can be handed memory which a replay will overwrite.
// Not thread-safe: only the thread that owns the core allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace carom {

struct Block {
  std::byte* data = nullptr;
  std::size_t bytes = 0;  // always a size class
};

/// Free blocks by size class, and how many users (storages, programs) still point at this pool.
class MemoryPool {
 public:
  MemoryPool();
  /// A free block of exactly this class, or one without data.
  Block take(std::size_t bytes);
  void give(Block block);
  std::size_t free_bytes() const { return free_bytes_; }
  /// Memory that allocations from this pool brought into use, and what they came to without reuse.
  std::size_t held_bytes() const { return held_bytes_; }
  std::size_t requested_bytes() const { return requested_bytes_; }

 private:
  friend class Allocator;
  std::vector<std::vector<std::byte*>> lists_;  // index: size class
  std::size_t free_bytes_ = 0;
  std::size_t held_bytes_ = 0;
  std::size_t requested_bytes_ = 0;
  std::size_t users_ = 0;
  bool closed_ = false;  // its program is gone: freed blocks pass through to the main pool
};

struct MemoryFigures {
  std::size_t live_bytes = 0;
  std::size_t cached_bytes = 0;
  std::size_t peak_bytes = 0;
  std::uint64_t system_allocations = 0;
};

/// Where an allocator's blocks come from in the end.
class SystemMemory {
 public:
  virtual ~SystemMemory() = default;
  /// Memory at a multiple of 64 bytes, or null when there is none left. `bytes` is one too.
  virtual std::byte* allocate(std::size_t bytes) = 0;
  virtual void release(std::byte* data) = 0;
  /// How much there is at most, in bytes.
  virtual std::size_t capacity() const = 0;
  /// How much of it nobody holds now.
  virtual std::size_t available() const = 0;
};

class Allocator {
 public:
  explicit Allocator(SystemMemory& system);
  ~Allocator();
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  /// A block of at least `bytes`, from `pool` if it has one, else from the main pool, else from the
  /// system. Throws OUT_OF_MEMORY when the limit or the system refuses.
  Block allocate(std::size_t bytes, MemoryPool* pool);
  void release(Block block, MemoryPool* pool);

  /// A private pool with one user. `pool_retain` adds a user; when the last one goes the pool goes.
  MemoryPool* open_pool();
  void retain_pool(MemoryPool* pool);
  /// Hands the pool's free blocks to the main one; blocks still in use follow when they are freed.
  void close_pool(MemoryPool* pool);
  void release_pool(MemoryPool* pool);

  void set_limit(std::size_t bytes) { limit_ = bytes; }
  /// Gives the free blocks of the main pool back to the system.
  void trim();
  MemoryFigures figures() const;

 private:
  std::byte* system_allocate(std::size_t bytes, std::size_t requested);

  SystemMemory& system_;
  MemoryPool main_;
  std::vector<MemoryPool*> private_;
  std::size_t limit_;
  std::size_t live_ = 0;
  std::size_t peak_ = 0;
  std::uint64_t system_allocations_ = 0;
};

}  // namespace carom
