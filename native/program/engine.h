// Engine: one independent tensor core: its backend, its memory, its programs. The binding exposes
// its methods one to one. Used from a single thread; several engines may live in one process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/allocator.h"
#include "core/fault.h"
#include "core/storage.h"
#include "program/backend.h"
#include "program/program.h"

namespace carom {

class Call;

/// One replay of a program, in nanoseconds from the beginning of the trace.
struct TracedReplay {
  double program = 0, start = 0, end = 0;
};

struct Trace {
  std::vector<TracedReplay> replays;
  double length = 0;  // nanoseconds
};

class Engine {
 public:
  static constexpr int kMaxThreads = 256;
  static constexpr std::int64_t kCommandWords = 1024;
  static constexpr int kMaxProfileRuns = 10000;
  static constexpr std::size_t kMaxTraced = 100000;

  /// `command`: kCommandWords doubles that the caller keeps alive; run() reads commands from there.
  Engine(std::unique_ptr<Backend> backend, const double* command);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Executes the command in the first `length` words; while recording, records it too.
  void run(std::int64_t op, std::int64_t length);

  /// Kernels of one's own: compiled, loaded, and found by name: the number that a launch names.
  std::vector<std::byte> compile(const std::string& source, const std::string& name) {
    return backend_->compile(source, name);
  }
  double load(const std::vector<std::byte>& code);
  double find_kernel(double module, const std::string& name);
  /// As run(), for the customKernel (ops/custom_kernel.h) in the command.
  void launch(std::int64_t length);

  double alloc(DType dtype, std::int64_t count);
  double adopt(std::byte* data, DType dtype, std::int64_t count, std::function<void()> disowned);
  void free(double handle);
  void write(double handle, std::int64_t offset, DType dtype, const std::byte* data,
             std::int64_t count);
  void read(double handle, std::int64_t offset, DType dtype, std::byte* data, std::int64_t count);

  void begin_recording();
  double end_recording();
  void abort_recording();
  void replay(double program);
  void start(double program);
  void wait(double program);
  void free_program(double program);
  std::vector<StepFacts> describe(double program);
  ProgramMemory program_memory(double program);
  /// Runs a program `runs` times step by step: median nanoseconds of each step.
  std::vector<double> profile(double program, int runs);
  /// From here on notes when each replay begins and ends on the device, kMaxTraced of them at most.
  void begin_trace();
  Trace end_trace();

  MemoryFigures memory() const { return allocator_.figures(); }
  std::int64_t live_handles() const { return handles_.live_handles(); }
  std::uint64_t allocations() const { return handles_.allocations(); }
  void set_limit(std::size_t bytes) { allocator_.set_limit(bytes); }
  BackendFacts facts() const { return backend_->facts(); }

 private:
  void carry_out(const OpEntry& entry, const Call& call, const Plan& plan, const void* params);
  std::byte* eager_scratch(std::size_t bytes);
  std::byte* window(double handle, std::int64_t offset, DType dtype, std::int64_t count,
                    const char* op);
  Program& find_program(double id, const char* op);
  void finish_running();
  /// A mark, where there is a trace that has room.
  std::size_t mark();
  void trace(double program, std::size_t from);

  const std::unique_ptr<Backend> backend_;  // first: everything else uses it to the end
  const double* const command_;
  Allocator allocator_;
  HandleTable handles_{allocator_};
  Fault fault_;
  std::vector<std::unique_ptr<KernelModule>> modules_;  // before the programs that use them
  std::vector<const void*> kernels_;
  Block scratch_;
  std::unique_ptr<Program> recording_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Program>> programs_;
  std::uint64_t next_program_ = 1;
  Program* running_ = nullptr;  // started and not yet waited for

  struct Marked {
    double program;
    std::size_t from, to;  // marks of the backend
  };
  bool tracing_ = false;
  std::vector<Marked> traced_;
  double started_ = 0;            // the program of running_
  std::size_t started_mark_ = 0;  // made before it
};

}  // namespace carom
