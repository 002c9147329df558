#include "core/storage.h"

#include <cmath>

#include "core/error.h"
#include "core/text.h"

namespace carom {
namespace {

constexpr int kIndexBits = 22;
constexpr std::uint32_t kMaxSlots = 1u << kIndexBits;
constexpr std::uint32_t kLastGeneration = (1u << 30) - 1;
constexpr double kMaxHandle = 4503599627370496.0;  // 2^52
constexpr std::int64_t kMaxCount = std::int64_t{1} << 40;

}  // namespace

HandleTable::~HandleTable() {
  for (Storage& storage : slots_) {
    if (storage.references == 0) continue;
    storage.references = 1;
    release(storage);
  }
}

std::uint32_t HandleTable::take_slot() {
  if (!free_slots_.empty()) {
    const std::uint32_t index = free_slots_.back();
    free_slots_.pop_back();
    return index;
  }
  const auto index = static_cast<std::uint32_t>(slots_.size());
  slots_.emplace_back().slot = index;
  return index;
}

void HandleTable::ensure_slot() const {
  if (!free_slots_.empty() || slots_.size() < kMaxSlots) return;
  throw Error(ErrorCode::out_of_memory, "alloc", text("more than ", kMaxSlots, " live tensors"));
}

double HandleTable::publish(std::uint32_t index) {
  Storage& storage = slots_[index];
  storage.references = 1;
  storage.has_handle = true;
  ++live_handles_;
  ++allocations_;
  return static_cast<double>((std::uint64_t{storage.generation} << kIndexBits) | index);
}

double HandleTable::allocate(DType dtype, std::int64_t count, MemoryPool* pool) {
  if (count < 0 || count > kMaxCount) {
    throw Error(ErrorCode::invalid_argument, "alloc",
                text("element count out of range (got ", count, ", expected 0..", kMaxCount, ")"));
  }
  ensure_slot();
  const Block block =
      allocator_.allocate(static_cast<std::size_t>(count) * dtype_size(dtype), pool);
  const std::uint32_t index = take_slot();
  Storage& storage = slots_[index];
  storage.data = block.data;
  storage.block = block;
  storage.count = count;
  storage.dtype = dtype;
  storage.pool = pool;
  if (pool != nullptr) allocator_.retain_pool(pool);
  return publish(index);
}

double HandleTable::adopt(std::byte* data, DType dtype, std::int64_t count,
                          std::function<void()> disowned) {
  ensure_slot();
  const std::uint32_t index = take_slot();
  Storage& storage = slots_[index];
  storage.data = data;
  storage.block = {};
  storage.count = count;
  storage.dtype = dtype;
  storage.pool = nullptr;
  storage.disowned = std::move(disowned);
  return publish(index);
}

Storage& HandleTable::find(double handle, const char* op) {
  if (!(handle >= 0 && handle < kMaxHandle) || handle != std::floor(handle)) {
    throw Error(ErrorCode::invalid_argument, op, text("not a tensor handle (got ", handle, ")"));
  }
  const auto bits = static_cast<std::uint64_t>(handle);
  const std::uint64_t index = bits & (kMaxSlots - 1);
  if (index < slots_.size()) {
    Storage& storage = slots_[index];
    if (storage.has_handle && storage.generation == bits >> kIndexBits) return storage;
  }
  throw Error(ErrorCode::stale_handle, op, text("the tensor was freed (handle ", handle, ")"));
}

void HandleTable::free(double handle) {
  Storage& storage = find(handle, "free");
  storage.has_handle = false;
  // A slot whose generations are used up keeps the last one and is never handed out again.
  storage.generation += 1;
  --live_handles_;
  release(storage);
}

void HandleTable::release(Storage& storage) {
  if (--storage.references > 0) return;
  if (storage.block.data != nullptr) allocator_.release(storage.block, storage.pool);
  if (storage.pool != nullptr) allocator_.release_pool(storage.pool);
  storage.block = {};
  storage.pool = nullptr;
  storage.data = nullptr;
  if (storage.disowned) {
    storage.disowned();
    storage.disowned = nullptr;
  }
  if (storage.generation < kLastGeneration) free_slots_.push_back(storage.slot);
}

}  // namespace carom
