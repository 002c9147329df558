// Program: a recorded list of steps with everything they need to run again: the memory of
// temporaries, references on the storages they use, and one schedule per team size.
#pragma once

#include <map>
#include <vector>

#include "core/fault.h"
#include "core/storage.h"
#include "program/executor.h"
#include "program/schedule.h"
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
  Program(Allocator& allocator, HandleTable& handles);
  /// Releases the storages and the pool. Must not be running.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Where allocations come from while this program is recorded.
  MemoryPool* pool() const { return pool_; }
  /// Appends a step and keeps its memory. The view stays valid until the next add().
  StepView add(const char* op, Kernel kernel, const Call& call, const Plan& plan,
               const void* params, std::size_t params_bytes);
  /// The team for which this program is worth it: `available`, or 1 if it is short.
  int worthwhile_size(int available);
  /// The run for a team of this size; valid until the program goes.
  ProgramRun& prepare(int team_size);
  Fault& fault() { return fault_; }
  std::vector<StepFacts> facts() const;
  ProgramMemory memory() const;
  /// Runs the steps one after another, each timed, `runs` times: median nanoseconds of each step.
  std::vector<double> profile(ThreadPool& pool, int runs);

 private:
  struct Prepared {
    Schedule schedule;
    ProgramRun run;
  };
  void keep(Storage& storage);

  Allocator& allocator_;
  HandleTable& handles_;
  MemoryPool* pool_;
  std::vector<Step> steps_;
  std::vector<Storage*> kept_;
  std::vector<Block> scratch_;
  std::map<int, Prepared> prepared_;
  std::map<int, int> sizes_;
  Fault fault_;
};

}  // namespace carom
