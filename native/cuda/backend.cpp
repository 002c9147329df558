#include "cuda/backend.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "cuda/check.h"
#include "cuda/fusion/chains.h"
#include "cuda/host_pages.h"
#include "cuda/launch.h"
#include "cuda/libraries/libraries.h"
#include "cuda/marks.h"
#include "cuda/staging.h"
#include "cuda/table.h"
#if defined(CAROM_EMULATE)
#include "cuda/emulate/compile.h"
#else
#include "cuda/libraries/module.h"
#include "cuda/libraries/nvrtc.h"
#endif

namespace carom {
namespace cuda {
namespace {

constexpr int kWholeFault = 2;
/// Compute capability from which on there are tensor cores for tf32 and bfloat16.
constexpr int kTensorCores = 8;
/// An address for work space that is only asked for.
constexpr std::uintptr_t kAnywhere = 256;

using WorkSpace = std::byte*(void* owner, std::size_t bytes);

class CudaBackend;

/// A recorded program as one graph. Its work space is its own: graphs run between eager steps.
class CudaReplay : public Replay {
 public:
  CudaReplay(CudaBackend& backend, const std::vector<Step>& steps, Fault& fault);
  ~CudaReplay() override;
  void run() override;
  void start() override;
  void wait() override;

 private:
  static std::byte* take_workspace(void* owner, std::size_t bytes);
  void rehearse(const std::vector<Step>& steps, const std::vector<Unit>& units);
  void capture(const std::vector<Step>& steps);
  void submit(const Step& first, const Unit& unit, Launch& launch);
  void release();

  CudaBackend& backend_;
  Fault& fault_;
  cudaGraphExec_t exec_ = nullptr;
  std::vector<void*> workspaces_;  // the last one serves; others have been captured before it
  std::size_t workspace_bytes_ = 0;
  bool must_wait_ = false;  // it touches memory of the caller
};

class CudaBackend : public Backend {
 public:
  explicit CudaBackend(const CudaOptions& options);
  ~CudaBackend() override;

  BackendFacts facts() const override;
  std::byte* allocate(std::size_t bytes) override;
  void release(std::byte* data) override {
    cudaSetDevice(device_);
    cudaFree(data);
  }
  std::size_t capacity() const override { return memory().total; }
  std::size_t available() const override { return memory().free; }
  void write(std::byte* target, const std::byte* source, std::size_t bytes) override;
  void read(std::byte* target, const std::byte* source, std::size_t bytes) override;
  std::byte* adopt(std::byte* data, std::size_t bytes) override {
    select("adopt");
    return pages_.adopt(data, bytes, stream_);
  }
  void disown(std::byte* data) override {
    cudaSetDevice(device_);
    pages_.disown(data, stream_);
  }
  /// A recording is run as the graph that it becomes, so that its first run gives the bits of all others.
  bool runs_while_recording() const override { return false; }
  bool uses_scratch() const override { return false; }
  std::vector<std::byte> compile(const std::string& source, const std::string& name) override;
  std::unique_ptr<KernelModule> load(const std::vector<std::byte>& code) override;
  void run(const StepView& step, Fault& fault) override;
  void finish() override { wait("finish"); }
  std::size_t mark() override {
    select("trace");
    return marks_.mark(stream_);
  }
  bool queues_marks() const override { return true; }
  std::vector<double> take_marks() override {
    wait("trace");
    return marks_.take();
  }
  std::unique_ptr<Replay> prepare(const std::vector<Step>& steps, Fault& fault) override {
    return std::make_unique<CudaReplay>(*this, steps, fault);
  }

 private:
  friend class CudaReplay;
  struct Memory {
    std::size_t free = 0, total = 0;
  };

  void open();
  void release_all();
  /// Makes this GPU the thread's: another device of the same thread may have chosen its own since.
  void select(const char* op) const { check(cudaSetDevice(device_), op, "cudaSetDevice"); }
  Memory memory() const;
  /// Throws OUT_OF_MEMORY when there is none, even after the free blocks of the engine have gone back.
  void* require(std::size_t bytes, const char* op);
  static std::byte* take_workspace(void* owner, std::size_t bytes);
  const TableEntry& entry_of(const OpEntry& op);
  Launch launch_of(const OpEntry& op, WorkSpace* take, void* owner);
  void wait(const char* op) {
    select(op);
    check(cudaStreamSynchronize(stream_), op, "cudaStreamSynchronize");
  }
  /// Hands what a kernel has reported so far to `fault`.
  void collect_fault(Fault& fault);

  const int device_;
  const bool debug_;
  Precision precision_;  // that the GPU can do
  cudaDeviceProp properties_{};
  DeviceFacts facts_{};
  cudaStream_t stream_ = nullptr;
  FaultRecord* fault_ = nullptr;
  HostPages pages_;
  Staging staging_;
  std::unique_ptr<Libraries> libraries_ = make_libraries();
  void* workspace_ = nullptr;
  std::size_t workspace_bytes_ = 0;
  std::map<const OpEntry*, const TableEntry*> entries_;
  Marks marks_;
};

CudaBackend::CudaBackend(const CudaOptions& options)
    : device_(options.device), debug_(options.debug), precision_(options.precision) {
  try {
    open();
  } catch (...) {
    release_all();
    throw;
  }
}

CudaBackend::~CudaBackend() { release_all(); }

void CudaBackend::open() {
  select("open");
  check(cudaGetDeviceProperties(&properties_, device_), "open", "cudaGetDeviceProperties");
  facts_ = {properties_.multiProcessorCount, properties_.sharedMemPerBlockOptin, properties_.major,
            properties_.minor};
  if (properties_.major < kTensorCores) precision_ = Precision::float32;
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "open",
        "cudaStreamCreateWithFlags");
  void* record = nullptr;
  check(cudaHostAlloc(&record, sizeof(FaultRecord), cudaHostAllocMapped | cudaHostAllocPortable),
        "open", "cudaHostAlloc");
  fault_ = static_cast<FaultRecord*>(record);
  *fault_ = {};
}

void CudaBackend::release_all() {
  if (stream_ == nullptr) return;
  cudaSetDevice(device_);
  cudaStreamSynchronize(stream_);
  marks_.release_all();
  pages_.release_all();
  staging_.release_all();
  libraries_.reset();
  cudaFree(workspace_);
  cudaFreeHost(fault_);
  cudaStreamDestroy(stream_);
}

BackendFacts CudaBackend::facts() const {
  return {"cuda", text("sm_", properties_.major, properties_.minor), properties_.name, 1};
}

std::byte* CudaBackend::allocate(std::size_t bytes) {
  select("alloc");
  void* data = nullptr;
  const cudaError_t error = cudaMalloc(&data, bytes);
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // it is dealt with: the next call must not see it
    return nullptr;
  }
  check(error, "alloc", "cudaMalloc");
  return static_cast<std::byte*>(data);
}

CudaBackend::Memory CudaBackend::memory() const {
  select("alloc");
  Memory memory;
  check(cudaMemGetInfo(&memory.free, &memory.total), "alloc", "cudaMemGetInfo");
  return memory;
}

void* CudaBackend::require(std::size_t bytes, const char* op) {
  std::byte* data = allocate(bytes);
  if (data == nullptr && reclaim) {
    reclaim();
    data = allocate(bytes);
  }
  if (data != nullptr) return data;
  throw Error(ErrorCode::out_of_memory, op,
              text("no work space (requested ", bytes, " bytes, free ", memory().free, " bytes)"));
}

void CudaBackend::write(std::byte* target, const std::byte* source, std::size_t bytes) {
  select("write");
  staging_.write(target, source, bytes, stream_);
  if (pages_.holds(target)) wait("write");  // the caller may look at once
}

void CudaBackend::read(std::byte* target, const std::byte* source, std::size_t bytes) {
  select("read");
  staging_.read(target, source, bytes, stream_);
  Fault fault;
  collect_fault(fault);
  if (fault.raised()) fault.rethrow();
}

std::byte* CudaBackend::take_workspace(void* owner, std::size_t bytes) {
  auto& self = *static_cast<CudaBackend*>(owner);
  if (bytes > self.workspace_bytes_) {
    cudaFree(self.workspace_);  // waits for its users
    self.workspace_ = nullptr;
    self.workspace_bytes_ = 0;
    self.workspace_ = self.require(bytes, "workspace");
    self.workspace_bytes_ = bytes;
  }
  return static_cast<std::byte*>(self.workspace_);
}

const TableEntry& CudaBackend::entry_of(const OpEntry& op) {
  auto found = entries_.find(&op);
  if (found == entries_.end()) found = entries_.emplace(&op, find_entry(op.kernel_name)).first;
  if (found->second == nullptr) {
    throw Error(ErrorCode::internal, op.name, "cuda/table.cpp has no kernel for it");
  }
  return *found->second;
}

Launch CudaBackend::launch_of(const OpEntry& op, WorkSpace* take, void* owner) {
  return {op.name, stream_, fault_, &facts_, precision_, take, owner, libraries_.get()};
}

void CudaBackend::run(const StepView& step, Fault& fault) {
  select(step.op->name);
  const TableEntry& entry = entry_of(*step.op);
  Launch launch = launch_of(*step.op, take_workspace, this);
  entry.function(step.params, launch);
  if (!step.adopted && !entry.may_fault && !debug_) return;
  wait(step.op->name);
  collect_fault(fault);
}

std::vector<std::byte> CudaBackend::compile(const std::string& source, const std::string& name) {
#if defined(CAROM_EMULATE)
  return emulate::compile(source, name);
#else
  // No fused multiply-adds: doubles are to be those of every other machine.
  const std::string arch = text("sm_", properties_.major, properties_.minor);
  const Cubin cubin = compile_to_cubin(source, name, arch, {"--fmad=false", "--std=c++17"});
  const auto* code = reinterpret_cast<const std::byte*>(cubin.code.data());
  return {code, code + cubin.code.size()};
#endif
}

std::unique_ptr<KernelModule> CudaBackend::load(const std::vector<std::byte>& code) {
  select("load");
#if defined(CAROM_EMULATE)
  return emulate::load(code);
#else
  return std::make_unique<Module>(code);
#endif
}

void CudaBackend::collect_fault(Fault& fault) {
  volatile FaultRecord* record = fault_;
  if (record->state != kWholeFault) return;
  fault.raise(fault_->op, fault_->position, fault_->value, fault_->limit);
  *fault_ = {};
}

CudaReplay::CudaReplay(CudaBackend& backend, const std::vector<Step>& steps, Fault& fault)
    : backend_(backend), fault_(fault) {
  try {
    capture(steps);
  } catch (...) {
    release();
    throw;
  }
}

CudaReplay::~CudaReplay() { release(); }

/// Loads what the units need and sets aside the work space of the one that wants most.
void CudaReplay::rehearse(const std::vector<Step>& steps, const std::vector<Unit>& units) {
  std::size_t most = 0;
  const auto measure = [](void* owner, std::size_t bytes) {
    auto& most = *static_cast<std::size_t*>(owner);
    most = std::max(most, bytes);
    return reinterpret_cast<std::byte*>(kAnywhere);
  };
  for (const Unit& unit : units) {
    Launch launch = backend_.launch_of(*steps[unit.first].op, measure, &most);
    launch.rehearsal = true;
    submit(steps[unit.first], unit, launch);
  }
  if (most > 0) take_workspace(this, most);
}

void CudaReplay::capture(const std::vector<Step>& steps) {
  backend_.wait("capture");
  const std::vector<Unit> units =
      find_units(steps, backend_.precision_, backend_.facts_.shared_bytes, fusion_setting());
  for (const Step& step : steps) must_wait_ = must_wait_ || step.adopted;
  rehearse(steps, units);
  check(cudaStreamBeginCapture(backend_.stream_, cudaStreamCaptureModeRelaxed), "capture",
        "cudaStreamBeginCapture");
  cudaGraph_t graph = nullptr;
  try {
    for (const Unit& unit : units) {
      Launch launch = backend_.launch_of(*steps[unit.first].op, take_workspace, this);
      submit(steps[unit.first], unit, launch);
    }
  } catch (...) {
    cudaStreamEndCapture(backend_.stream_, &graph);
    if (graph != nullptr) cudaGraphDestroy(graph);
    throw;
  }
  check(cudaStreamEndCapture(backend_.stream_, &graph), "capture", "cudaStreamEndCapture");
  const cudaError_t made = cudaGraphInstantiate(&exec_, graph, 0);
  cudaGraphDestroy(graph);
  check(made, "capture", "cudaGraphInstantiate");
}

void CudaReplay::submit(const Step& first, const Unit& unit, Launch& launch) {
  switch (unit.kind) {
    case Unit::Kind::step:
      return backend_.entry_of(*first.op).function(first.params.data(), launch);
    case Unit::Kind::forward: return run_chain(unit.forward, unit.forward_layout, launch);
    case Unit::Kind::backward: return run_chain(unit.backward, unit.backward_layout, launch);
  }
}

void CudaReplay::release() {
  cudaSetDevice(backend_.device_);
  cudaStreamSynchronize(backend_.stream_);
  if (exec_ != nullptr) cudaGraphExecDestroy(exec_);
  for (void* workspace : workspaces_) cudaFree(workspace);
}

/// The steps of a graph follow one another, so they share one space.
std::byte* CudaReplay::take_workspace(void* owner, std::size_t bytes) {
  auto& self = *static_cast<CudaReplay*>(owner);
  if (self.workspaces_.empty() || bytes > self.workspace_bytes_) {
    self.workspaces_.push_back(self.backend_.require(bytes, "capture"));
    self.workspace_bytes_ = bytes;
  }
  return static_cast<std::byte*>(self.workspaces_.back());
}

void CudaReplay::start() {
  backend_.select("replay");
  check(cudaGraphLaunch(exec_, backend_.stream_), "replay", "cudaGraphLaunch");
}

void CudaReplay::wait() {
  backend_.wait("replay");
  backend_.collect_fault(fault_);
}

void CudaReplay::run() {
  start();
  if (must_wait_ || backend_.debug_) return wait();
  backend_.collect_fault(fault_);  // of earlier runs, and of this one where it was that fast
}

}  // namespace
}  // namespace cuda

std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options) {
  return std::make_unique<cuda::CudaBackend>(options);
}

}  // namespace carom
