// Backend: what an Engine computes on. It owns the memory of storages and runs prepared steps; checks,
// handles, recordings and errors are the engine's and the same for all.
//
// Steps run in the order in which they are given. A backend may return from run() before the step is
// done, as long as read() and every later step see what it wrote. Memory of the caller (adopt) is up to
// date when run(), Replay::run() or Replay::wait() returns. A fault is known when run() or Replay::wait()
// returns; one of Replay::run() at the latest when a later read() throws it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/allocator.h"
#include "core/error.h"
#include "core/fault.h"
#include "program/step.h"

namespace carom {

/// A recorded program made ready. The steps and the fault outlive it.
class Replay {
 public:
  virtual ~Replay() = default;
  /// Runs the program; faults are left in its Fault, or thrown by a later read().
  virtual void run() = 0;
  /// Begins to run it; the caller goes on until wait(). One program of a backend at a time.
  virtual void start() = 0;
  virtual void wait() = 0;
};

/// What a backend is, for people.
struct BackendFacts {
  std::string kind;  // "cpu", "cuda"
  std::string isa;   // instruction set, or the GPU's compute capability as "sm_90"
  std::string name;  // of the device; empty for the processor
  int threads = 1;
};

/// Kernels that were compiled at run time.
class KernelModule {
 public:
  virtual ~KernelModule() = default;
  /// What stands for the kernel in CustomKernelParams; null where there is none of that name.
  virtual const void* find(const std::string& name) = 0;
};

class Backend : public SystemMemory {
 public:
  virtual BackendFacts facts() const = 0;

  /// Frees what the engine keeps for later, for a backend that needs memory of its own. The engine's.
  std::function<void()> reclaim;

  /// Copies from and to memory of the caller, after all steps so far; done when it returns.
  virtual void write(std::byte* target, const std::byte* source, std::size_t bytes) = 0;
  virtual void read(std::byte* target, const std::byte* source, std::size_t bytes) = 0;
  /// The address under which steps reach memory of the caller, which stays where it is until disown().
  virtual std::byte* adopt(std::byte* data, std::size_t bytes) = 0;
  virtual void disown(std::byte* data) = 0;

  /// Whether a step also runs when it is recorded. Where not, the whole program runs when its recording
  /// ends, as every replay will.
  virtual bool runs_while_recording() const { return true; }
  /// Whether steps want the scratch memory of their plan.
  virtual bool uses_scratch() const { return true; }

  /// Runs one step; what it finds wrong with the data is in `fault` when this returns.
  virtual void run(const StepView& step, Fault& fault) = 0;
  /// Waits for all steps so far.
  virtual void finish() = 0;
  /// Notes the moment at which all steps so far are done, and returns the mark's number, from 0.
  virtual std::size_t mark() {
    marks_.push_back(std::chrono::steady_clock::now());
    return marks_.size() - 1;
  }
  /// Whether a mark may be made while steps before it are under way.
  virtual bool queues_marks() const { return false; }
  /// Nanoseconds from the first mark to each; waits for the last one. The marks are then forgotten.
  virtual std::vector<double> take_marks();
  /// Compiles kernels of one's own for this device, declared extern "C" and taking one struct by value;
  /// `name` stands in messages. Throws INVALID_ARGUMENT with the compiler's messages.
  virtual std::vector<std::byte> compile(const std::string& source, const std::string& name);
  /// Loads what compile() gave. It must outlive whatever uses its kernels.
  virtual std::unique_ptr<KernelModule> load(const std::vector<std::byte>& code);

  virtual std::unique_ptr<Replay> prepare(const std::vector<Step>& steps, Fault& fault) = 0;

 private:
  std::vector<std::chrono::steady_clock::time_point> marks_;
};

inline std::vector<double> Backend::take_marks() {
  std::vector<double> times;
  for (const auto moment : marks_) {
    times.push_back(std::chrono::duration<double, std::nano>(moment - marks_.front()).count());
  }
  marks_.clear();
  return times;
}

inline std::vector<std::byte> Backend::compile(const std::string&, const std::string& name) {
  throw Error(ErrorCode::invalid_argument, "compile",
              name + " cannot be compiled: only a GPU runs kernels of one's own (open \"cuda\")");
}

inline std::unique_ptr<KernelModule> Backend::load(const std::vector<std::byte>&) {
  throw Error(ErrorCode::invalid_argument, "load",
              "only a GPU runs kernels of one's own (open \"cuda\")");
}

}  // namespace carom
