// Storages and the table of handles that JavaScript holds for them.
// A handle is an integer: slot index in the low bits, generation above, so that a handle used after
// free() is recognised. A storage lives until its handle is freed and no program uses it any more.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "core/allocator.h"
#include "core/dtype.h"

namespace carom {

struct Storage {
  std::byte* data = nullptr;
  std::int64_t count = 0;  // elements
  DType dtype = DType::float32;
  Block block;                     // no data when the memory belongs to JavaScript
  MemoryPool* pool = nullptr;      // where the block returns to; null = main
  std::function<void()> disowned;  // lets JavaScript's memory go
  std::uint32_t slot = 0;
  std::uint32_t generation = 1;
  std::uint32_t references = 0;  // the handle and each program that uses it
  bool has_handle = false;
};

class HandleTable {
 public:
  explicit HandleTable(Allocator& allocator) : allocator_(allocator) {}
  ~HandleTable();
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;

  /// A new storage with unspecified contents; `pool` as in Allocator::allocate.
  double allocate(DType dtype, std::int64_t count, MemoryPool* pool);
  /// A storage over memory of JavaScript; `disowned` runs when it is no longer needed.
  double adopt(std::byte* data, DType dtype, std::int64_t count, std::function<void()> disowned);
  void free(double handle);
  /// The storage of a live handle. Throws STALE_HANDLE or INVALID_ARGUMENT in the name of `op`.
  Storage& find(double handle, const char* op);

  void retain(Storage& storage) { ++storage.references; }
  void release(Storage& storage);

  std::int64_t live_handles() const { return live_handles_; }
  std::uint64_t allocations() const { return allocations_; }

 private:
  void ensure_slot() const;
  std::uint32_t take_slot();
  double publish(std::uint32_t index);

  Allocator& allocator_;
  std::deque<Storage> slots_;  // stable addresses
  std::vector<std::uint32_t> free_slots_;
  std::int64_t live_handles_ = 0;
  std::uint64_t allocations_ = 0;
};

}  // namespace carom
