// Program: a recorded list of steps with everything they need to run again: the memory of
// temporaries, references on the storages they use, and what the backend made of them.
#pragma once

#include <memory>
#include <vector>

#include "core/fault.h"
#include "core/storage.h"
#include "program/backend.h"
#include "program/step.h"

namespace carom {

class Call;

struct StepFacts {
  const char* op;
  std::string shapes;
  double bytes;
  double flops;
};

/// Memory of a program, in bytes.
struct ProgramMemory {
  std::size_t held;       // by the tensors made while recording, which share it where they can
  std::size_t requested;  // the same if each had memory of its own
  std::size_t scratch;    // work space of its steps
};

class Program {
 public:
  Program(Backend& backend, Allocator& allocator, HandleTable& handles);
  /// Releases the storages and the pool. Must not be running.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Where allocations come from while this program is recorded.
  MemoryPool* pool() const { return pool_; }
  /// Appends a step and keeps its memory. The view stays valid until the next add().
  StepView add(const OpEntry& op, const Call& call, const Plan& plan, const void* params);
  /// Made on first use, when nothing is added any more; valid until the program goes.
  Replay& replay();
  Fault& fault() { return fault_; }
  std::vector<StepFacts> facts() const;
  ProgramMemory memory() const;
  /// Runs the steps one after another, each timed, `runs` times: median nanoseconds of each step.
  std::vector<double> profile(int runs);

 private:
  void keep(Storage& storage);

  Backend& backend_;
  Allocator& allocator_;
  HandleTable& handles_;
  MemoryPool* pool_;
  std::vector<Step> steps_;
  std::vector<Storage*> kept_;
  std::vector<Block> scratch_;
  Fault fault_;
  std::unique_ptr<Replay> replay_;
};

}  // namespace carom
