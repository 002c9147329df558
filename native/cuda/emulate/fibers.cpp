#include "cuda/emulate/fibers.h"

#include <ucontext.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace carom::emulate {
namespace {

constexpr std::size_t kStackBytes = 128 * 1024;
constexpr int kWarp = 32;

enum class State { idle, ready, at_block, at_warp };

/// Warps that meet: slots for exchanges, and how many have come.
struct Warp {
  std::uint64_t slots[kWarp];
  int live = 0;
  int waiting = 0;
};

struct Fiber {
  ucontext_t context;
  std::unique_ptr<std::byte[]> stack{new std::byte[kStackBytes]};
  Place place;
  State state = State::idle;
};

/// Runs one block after the other; one per thread of the processor.
class Blocks {
 public:
  void run(const BlockPlace& block, const std::function<void()>& kernel);

  void wait(State state) {
    Fiber& mine = *current_;
    mine.state = state;
    if (state == State::at_block) ++waiting_;
    else ++warp_of(mine).waiting;
    swapcontext(&mine.context, &scheduler_);
  }

  Fiber& current() { return *current_; }
  Warp& warp_of(const Fiber& fiber) {
    return warps_[static_cast<std::size_t>(fiber.place.number / kWarp)];
  }
  int votes = 0;

 private:
  static void enter();
  void serve();
  Fiber& idle_fiber();
  void resume(Fiber& fiber);
  bool release();

  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Warp> warps_;
  ucontext_t scheduler_;
  Fiber* current_ = nullptr;
  const std::function<void()>* kernel_ = nullptr;
  const BlockPlace* block_ = nullptr;
  int next_ = 0, count_ = 0, live_ = 0, waiting_ = 0;
};

thread_local Blocks blocks;

/// A fiber does thread after thread until there are none, or until one waits: then the scheduler
/// starts another fiber for the next one.
void Blocks::enter() { blocks.serve(); }

void Blocks::serve() {
  for (;;) {
    while (next_ < count_) {
      Fiber& mine = *current_;
      const int number = next_++;
      const unsigned n = static_cast<unsigned>(number);
      const dim3 size = block_->size;
      mine.place = {{n % size.x, n / size.x % size.y, n / size.x / size.y}, block_, number};
      (*kernel_)();
      --live_;
      --warp_of(mine).live;
    }
    current_->state = State::idle;
    swapcontext(&current_->context, &scheduler_);
  }
}

Fiber& Blocks::idle_fiber() {
  for (const auto& fiber : fibers_) {
    if (fiber->state == State::idle) return *fiber;
  }
  fibers_.push_back(std::make_unique<Fiber>());
  Fiber& fiber = *fibers_.back();
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = kStackBytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, &Blocks::enter, 0);
  return fiber;
}

void Blocks::resume(Fiber& fiber) {
  current_ = &fiber;
  fiber.state = State::ready;
  swapcontext(&scheduler_, &fiber.context);
  current_ = nullptr;
}

/// Lets go on who need not wait any more; false when nobody may.
bool Blocks::release() {
  bool any = false;
  for (const auto& fiber : fibers_) {
    if (fiber->state != State::at_warp) continue;
    Warp& warp = warp_of(*fiber);
    if (warp.waiting < warp.live) continue;
    fiber->state = State::ready;
    any = true;
  }
  for (Warp& warp : warps_) {
    if (warp.waiting == warp.live) warp.waiting = 0;
  }
  if (any) return true;
  if (waiting_ == 0 || waiting_ < live_) return false;
  waiting_ = 0;
  for (const auto& fiber : fibers_) {
    if (fiber->state == State::at_block) fiber->state = State::ready;
  }
  return true;
}

void Blocks::run(const BlockPlace& block, const std::function<void()>& kernel) {
  kernel_ = &kernel;
  block_ = &block;
  next_ = 0;
  count_ = live_ = static_cast<int>(block.size.x * block.size.y * block.size.z);
  waiting_ = votes = 0;
  warps_.assign(static_cast<std::size_t>((count_ + kWarp - 1) / kWarp), Warp{});
  for (int i = 0; i < count_; ++i) ++warps_[static_cast<std::size_t>(i / kWarp)].live;
  while (live_ > 0) {
    while (next_ < count_) resume(idle_fiber());
    bool went_on = false;
    for (std::size_t i = 0; i < fibers_.size(); ++i) {
      if (fibers_[i]->state != State::ready) continue;
      resume(*fibers_[i]);
      went_on = true;
    }
    if (live_ > 0 && !release() && !went_on) {
      const std::string stuck = std::to_string(waiting_) + " of " + std::to_string(live_);
      fibers_.clear();  // they will never go on
      throw std::logic_error("emulated block: " + stuck +
                             " threads wait at a barrier for the others");
    }
  }
}

}  // namespace

const Place& here() { return blocks.current().place; }
int lane() { return here().number % kWarp; }

void wait_for_block() { blocks.wait(State::at_block); }
void wait_for_warp() { blocks.wait(State::at_warp); }

int block_or(int predicate) {
  wait_for_block();
  blocks.votes = 0;
  wait_for_block();
  if (predicate != 0) blocks.votes = 1;
  wait_for_block();
  return blocks.votes;
}

std::uint64_t exchange_bits(std::uint64_t bits, int from) {
  Warp& warp = blocks.warp_of(blocks.current());
  warp.slots[lane()] = bits;
  wait_for_warp();
  const std::uint64_t out = warp.slots[from];
  wait_for_warp();
  return out;
}

const std::uint64_t* show_bits(std::uint64_t bits) {
  Warp& warp = blocks.warp_of(blocks.current());
  warp.slots[lane()] = bits;
  wait_for_warp();
  return warp.slots;
}

unsigned ballot(int predicate) {
  Warp& warp = blocks.warp_of(blocks.current());
  warp.slots[lane()] = predicate != 0 ? 1 : 0;
  wait_for_warp();
  unsigned out = 0;
  const int lanes = std::min(
      kWarp, static_cast<int>(here().block->size.x * here().block->size.y * here().block->size.z) -
                 here().number / kWarp * kWarp);
  for (int i = 0; i < lanes; ++i) out |= static_cast<unsigned>(warp.slots[i]) << i;
  wait_for_warp();
  return out;
}

void run_grid(dim3 grid, dim3 block, std::size_t dynamic_bytes,
              const std::function<void()>& kernel) {
  std::unique_ptr<std::byte[]> dynamic(new std::byte[dynamic_bytes + 16]);
  const auto address = reinterpret_cast<std::uintptr_t>(dynamic.get());
  std::byte* aligned = dynamic.get() + (16 - address % 16) % 16;
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) blocks.run({grid, block, {x, y, z}, aligned}, kernel);
    }
  }
}

}  // namespace carom::emulate
