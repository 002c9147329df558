#include "core/allocator.h"

#include <algorithm>
#include <bit>

#include "core/error.h"
#include "core/text.h"

namespace carom {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kSmallest = 64;
constexpr int kSteps = 4;  // size classes per power of two: at most 25 % of a block is unused
constexpr std::size_t kLargest = std::size_t{1} << 46;

/// Index of the smallest class that holds `bytes`.
int class_of(std::size_t bytes) {
  if (bytes <= kSmallest) return 0;
  bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  const int log = std::bit_width(bytes - 1) - 1;  // 2^log < bytes <= 2^(log+1)
  const std::size_t step = (std::size_t{1} << log) / kSteps;
  const std::size_t within = (bytes - (std::size_t{1} << log) + step - 1) / step;
  return (log - 6) * kSteps + static_cast<int>(within);
}

std::size_t class_bytes(int index) {
  const std::size_t base = kSmallest << (index / kSteps);
  return base + base / kSteps * static_cast<std::size_t>(index % kSteps);
}

}  // namespace

MemoryPool::MemoryPool() : lists_(static_cast<std::size_t>(class_of(kLargest)) + 1) {}

Block MemoryPool::take(std::size_t bytes) {
  const int index = class_of(bytes);
  auto& list = lists_[static_cast<std::size_t>(index)];
  if (list.empty()) return {};
  const Block block{list.back(), class_bytes(index)};
  list.pop_back();
  free_bytes_ -= block.bytes;
  return block;
}

void MemoryPool::give(Block block) {
  lists_[static_cast<std::size_t>(class_of(block.bytes))].push_back(block.data);
  free_bytes_ += block.bytes;
}

Allocator::Allocator(SystemMemory& system) : system_(system), limit_(system.capacity()) {}

Allocator::~Allocator() {
  for (MemoryPool* pool : private_) {
    close_pool(pool);
    delete pool;
  }
  trim();
}

Block Allocator::allocate(std::size_t bytes, MemoryPool* pool) {
  if (bytes > kLargest) {
    throw Error(ErrorCode::out_of_memory, "alloc",
                text("requested ", bytes, " bytes in one block"));
  }
  Block block = pool != nullptr ? pool->take(bytes) : Block{};
  const bool reused = block.data != nullptr;
  if (block.data == nullptr) block = main_.take(bytes);
  if (block.data == nullptr) {
    const std::size_t rounded = class_bytes(class_of(bytes));
    block = {system_allocate(rounded, bytes), rounded};
  }
  if (pool != nullptr) {
    pool->requested_bytes_ += block.bytes;
    if (!reused) pool->held_bytes_ += block.bytes;
  }
  live_ += block.bytes;
  peak_ = std::max(peak_, live_);
  return block;
}

void Allocator::release(Block block, MemoryPool* pool) {
  live_ -= block.bytes;
  const bool is_private = pool != nullptr && !pool->closed_;
  (is_private ? *pool : main_).give(block);
}

std::byte* Allocator::system_allocate(std::size_t bytes, std::size_t requested) {
  const auto held = [&] { return figures().live_bytes + figures().cached_bytes; };
  if (held() + bytes > limit_) trim();
  std::byte* data = nullptr;
  if (held() + bytes <= limit_) {
    data = system_.allocate(bytes);
    if (data == nullptr) {
      trim();
      data = system_.allocate(bytes);
    }
  }
  if (data == nullptr) {
    throw Error(
        ErrorCode::out_of_memory, "alloc",
        text("not enough memory (requested ", requested, " bytes, free ", system_.available(),
             " bytes, live ", live_, " bytes, cached ", figures().cached_bytes, " bytes, limit ",
             limit_, " bytes)"));
  }
  ++system_allocations_;
  return data;
}

void Allocator::trim() {
  for (auto& list : main_.lists_) {
    for (std::byte* data : list) system_.release(data);
    list.clear();
  }
  main_.free_bytes_ = 0;
}

MemoryPool* Allocator::open_pool() {
  auto* pool = new MemoryPool();
  pool->users_ = 1;
  private_.push_back(pool);
  return pool;
}

void Allocator::retain_pool(MemoryPool* pool) { ++pool->users_; }

void Allocator::close_pool(MemoryPool* pool) {
  pool->closed_ = true;
  for (std::size_t index = 0; index < pool->lists_.size(); ++index) {
    for (std::byte* data : pool->lists_[index]) {
      main_.give({data, class_bytes(static_cast<int>(index))});
    }
    pool->lists_[index].clear();
  }
  pool->free_bytes_ = 0;
}

void Allocator::release_pool(MemoryPool* pool) {
  if (--pool->users_ > 0) return;
  std::erase(private_, pool);
  close_pool(pool);
  delete pool;
}

MemoryFigures Allocator::figures() const {
  MemoryFigures figures;
  figures.live_bytes = live_;
  figures.peak_bytes = peak_;
  figures.system_allocations = system_allocations_;
  figures.cached_bytes = main_.free_bytes();
  for (const MemoryPool* pool : private_) figures.cached_bytes += pool->free_bytes();
  return figures;
}

}  // namespace carom
