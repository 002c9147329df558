#include "program/engine.h"

#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "ops/call.h"
#include "ops/custom_kernel.h"
#include "ops/registry.h"

namespace carom {

Engine::Engine(std::unique_ptr<Backend> backend, const double* command)
    : backend_(std::move(backend)), command_(command), allocator_(*backend_) {
  backend_->reclaim = [this] { allocator_.trim(); };
}

Engine::~Engine() {
  try {
    if (running_ != nullptr) finish_running();
    backend_->finish();
  } catch (const Error&) {
    // The device has failed: there is nothing left to wait for.
  }
  programs_.clear();
  recording_.reset();
  if (scratch_.data != nullptr) allocator_.release(scratch_, nullptr);
}

void Engine::run(std::int64_t op, std::int64_t length) {
  if (op < 0 || op >= op_count()) {
    throw Error(ErrorCode::invalid_argument, "run",
                text("unknown op (got ", op, ", expected 0..", op_count() - 1, ")"));
  }
  const OpEntry& entry = op_entry(static_cast<int>(op));
  if (length < 0 || length > kCommandWords) {
    throw Error(ErrorCode::invalid_argument, entry.name,
                text("bad command length (got ", length, ", expected 0..", kCommandWords, ")"));
  }
  const Call call(entry.name, command_, length, handles_);
  alignas(64) std::byte params[kMaxParamsBytes];
  Plan plan;
  entry.prepare(call, plan, params);
  carry_out(entry, call, plan, params);
}

void Engine::launch(std::int64_t length) {
  const OpEntry& entry = custom_kernel_entry();
  if (length < 0 || length > kCommandWords) {
    throw Error(ErrorCode::invalid_argument, entry.name,
                text("bad command length (got ", length, ", expected 0..", kCommandWords, ")"));
  }
  const Call call(entry.name, command_, length, handles_);
  Plan plan;
  const void* kernel = kernels_[custom_kernel_number(call, kernels_.size())];
  const CustomKernelParams params = make_custom_kernel(call, plan, kernel);
  carry_out(entry, call, plan, &params);
}

double Engine::load(const std::vector<std::byte>& code) {
  modules_.push_back(backend_->load(code));
  return static_cast<double>(modules_.size() - 1);
}

double Engine::find_kernel(double module, const std::string& name) {
  if (!(module >= 0 && module < static_cast<double>(modules_.size()))) {
    throw Error(ErrorCode::invalid_argument, "findKernel", text("no such module (got ", module, ")"));
  }
  const void* kernel = modules_[static_cast<std::size_t>(module)]->find(name);
  if (kernel == nullptr) {
    throw Error(ErrorCode::invalid_argument, "findKernel", text("no kernel of the name ", name));
  }
  kernels_.push_back(kernel);
  return static_cast<double>(kernels_.size() - 1);
}

void Engine::carry_out(const OpEntry& entry, const Call& call, const Plan& plan,
                       const void* params) {
  if (recording_) {
    const StepView step = recording_->add(entry, call, plan, params);
    if (backend_->runs_while_recording()) backend_->run(step, fault_);
  } else {
    std::byte* scratch = eager_scratch(backend_->uses_scratch() ? plan.scratch_bytes : 0);
    backend_->run({&entry, params, &plan, scratch, call.touches_adopted()}, fault_);
  }
  if (fault_.raised()) fault_.rethrow();
}

std::byte* Engine::eager_scratch(std::size_t bytes) {
  if (bytes > scratch_.bytes) {
    if (scratch_.data != nullptr) allocator_.release(scratch_, nullptr);
    scratch_ = {};
    scratch_ = allocator_.allocate(bytes, nullptr);
  }
  return scratch_.data;
}

double Engine::alloc(DType dtype, std::int64_t count) {
  return handles_.allocate(dtype, count, recording_ ? recording_->pool() : nullptr);
}

double Engine::adopt(std::byte* data, DType dtype, std::int64_t count,
                     std::function<void()> disowned) {
  const std::size_t bytes = static_cast<std::size_t>(count) * dtype_size(dtype);
  std::byte* reached = backend_->adopt(data, bytes);
  try {
    return handles_.adopt(reached, dtype, count, [this, data, disowned = std::move(disowned)] {
      backend_->disown(data);
      disowned();
    });
  } catch (...) {
    backend_->disown(data);
    throw;
  }
}

void Engine::free(double handle) { handles_.free(handle); }

std::byte* Engine::window(double handle, std::int64_t offset, DType dtype, std::int64_t count,
                          const char* op) {
  if (recording_) {
    throw Error(ErrorCode::recording, op, text("cannot ", op, " a value while recording"));
  }
  Storage& storage = handles_.find(handle, op);
  const auto bytes_of_bools = [](DType d) { return d == DType::boolean ? DType::uint8 : d; };
  if (bytes_of_bools(storage.dtype) != bytes_of_bools(dtype)) {
    throw Error(ErrorCode::dtype_mismatch, op,
                text("wrong element type (got ", dtype_name(dtype), ", expected ",
                     dtype_name(storage.dtype), ")"));
  }
  if (offset < 0 || count > storage.count || offset > storage.count - count) {
    throw Error(
        ErrorCode::invalid_argument, op,
        text("elements ", offset, "..", offset + count - 1, " of a storage of ", storage.count));
  }
  return storage.data + offset * static_cast<std::int64_t>(dtype_size(dtype));
}

void Engine::write(double handle, std::int64_t offset, DType dtype, const std::byte* data,
                   std::int64_t count) {
  std::byte* target = window(handle, offset, dtype, count, "write");
  if (count > 0) backend_->write(target, data, static_cast<std::size_t>(count) * dtype_size(dtype));
}

void Engine::read(double handle, std::int64_t offset, DType dtype, std::byte* data,
                  std::int64_t count) {
  const std::byte* source = window(handle, offset, dtype, count, "read");
  if (count > 0) backend_->read(data, source, static_cast<std::size_t>(count) * dtype_size(dtype));
}

void Engine::begin_recording() {
  if (recording_) throw Error(ErrorCode::recording, "beginRecording", "already recording");
  recording_ = std::make_unique<Program>(*backend_, allocator_, handles_);
}

double Engine::end_recording() {
  if (!recording_) throw Error(ErrorCode::recording, "endRecording", "not recording");
  std::unique_ptr<Program> program = std::move(recording_);
  if (!backend_->runs_while_recording()) {
    program->replay().run();
    if (program->fault().raised()) program->fault().rethrow();
  }
  const std::uint64_t id = next_program_++;
  programs_.emplace(id, std::move(program));
  return static_cast<double>(id);
}

void Engine::abort_recording() {
  if (!recording_) throw Error(ErrorCode::recording, "abortRecording", "not recording");
  recording_.reset();
}

Program& Engine::find_program(double id, const char* op) {
  if (id >= 1 && id < static_cast<double>(next_program_) && id == std::floor(id)) {
    const auto found = programs_.find(static_cast<std::uint64_t>(id));
    if (found != programs_.end()) return *found->second;
  }
  throw Error(ErrorCode::stale_handle, op, text("no such program (got ", id, ")"));
}

void Engine::replay(double id) {
  Program& program = find_program(id, "replay");
  if (recording_) throw Error(ErrorCode::recording, "replay", "cannot replay while recording");
  if (&program == running_) {
    throw Error(ErrorCode::invalid_argument, "replay", "the program is running: wait for it first");
  }
  Replay& ready = program.replay();
  const std::size_t before = mark();
  ready.run();
  trace(id, before);
  if (program.fault().raised()) program.fault().rethrow();
}

void Engine::start(double id) {
  Program& program = find_program(id, "start");
  if (recording_) throw Error(ErrorCode::recording, "start", "cannot start while recording");
  if (running_ != nullptr) {
    throw Error(ErrorCode::invalid_argument, "start", "a program is running: wait for it first");
  }
  Replay& ready = program.replay();
  const std::size_t before = mark();
  ready.start();
  running_ = &program;
  if (backend_->queues_marks()) {
    trace(id, before);
  } else {
    started_ = id;
    started_mark_ = before;
  }
}

void Engine::finish_running() {
  running_->replay().wait();
  running_ = nullptr;
  trace(started_, std::exchange(started_mark_, 0));
}

std::size_t Engine::mark() {
  return tracing_ && traced_.size() < kMaxTraced ? backend_->mark() : 0;
}

void Engine::trace(double program, std::size_t from) {
  // Mark 0 is the trace's beginning: what started before it is not told.
  if (tracing_ && from > 0 && traced_.size() < kMaxTraced) {
    traced_.push_back({program, from, backend_->mark()});
  }
}

void Engine::begin_trace() {
  if (recording_) throw Error(ErrorCode::recording, "trace", "cannot trace while recording");
  if (tracing_) throw Error(ErrorCode::recording, "trace", "a trace is under way already");
  traced_.clear();
  backend_->take_marks();
  backend_->mark();
  started_mark_ = 0;
  tracing_ = true;
}

Trace Engine::end_trace() {
  if (!tracing_) throw Error(ErrorCode::recording, "trace", "no trace is under way");
  tracing_ = false;
  backend_->mark();
  const std::vector<double> times = backend_->take_marks();
  Trace trace;
  trace.length = times.back();
  for (const Marked& one : traced_) {
    trace.replays.push_back({one.program, times[one.from], times[one.to]});
  }
  traced_.clear();
  return trace;
}

void Engine::wait(double id) {
  Program& program = find_program(id, "wait");
  if (&program == running_) finish_running();
  if (program.fault().raised()) program.fault().rethrow();
}

void Engine::free_program(double id) {
  Program& program = find_program(id, "freeProgram");
  if (&program == running_) finish_running();
  programs_.erase(static_cast<std::uint64_t>(id));
}

ProgramMemory Engine::program_memory(double id) {
  return find_program(id, "programMemory").memory();
}

std::vector<double> Engine::profile(double id, int runs) {
  Program& program = find_program(id, "profile");
  if (recording_) throw Error(ErrorCode::recording, "profile", "cannot profile while recording");
  if (running_ != nullptr) {
    throw Error(ErrorCode::invalid_argument, "profile", "a program is running: wait for it first");
  }
  std::vector<double> times = program.profile(runs);
  if (program.fault().raised()) program.fault().rethrow();
  return times;
}

std::vector<StepFacts> Engine::describe(double id) { return find_program(id, "describe").facts(); }

}  // namespace carom
