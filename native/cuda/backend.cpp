#include "cuda/backend.h"

#include <cstring>
#include <map>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "cuda/check.h"
#include "cuda/launch.h"
#include "cuda/libraries/libraries.h"
#include "cuda/table.h"

namespace carom {
namespace cuda {
namespace {

constexpr std::size_t kPage = 4096;

/// Memory of the caller that the GPU reaches in place. Registered by pages, and pages once, however
/// many arrays lie in them.
class HostPages {
 public:
  std::byte* adopt(std::byte* data, std::size_t bytes, cudaStream_t stream);
  void disown(std::byte* data, cudaStream_t stream);
  void release_all();

 private:
  struct Range {
    std::size_t bytes;
    int users;
  };
  std::map<std::byte*, Range> ranges_;  // by first page
};

std::byte* page_of(std::byte* data) {
  return data - reinterpret_cast<std::uintptr_t>(data) % kPage;
}

std::byte* HostPages::adopt(std::byte* data, std::size_t bytes, cudaStream_t stream) {
  std::byte* begin = page_of(data);
  std::byte* end = page_of(data + bytes + kPage - 1);
  if (begin == end) end = begin + kPage;
  int users = 1;
  // Ranges that share a page become one.
  for (auto found = ranges_.begin(); found != ranges_.end();) {
    std::byte* other_end = found->first + found->second.bytes;
    if (found->first >= end || other_end <= begin) {
      ++found;
      continue;
    }
    check(cudaStreamSynchronize(stream), "adopt", "cudaStreamSynchronize");
    check(cudaHostUnregister(found->first), "adopt", "cudaHostUnregister");
    begin = std::min(begin, found->first);
    end = std::max(end, other_end);
    users += found->second.users;
    found = ranges_.erase(found);
  }
  const auto whole = static_cast<std::size_t>(end - begin);
  check(cudaHostRegister(begin, whole, cudaHostRegisterMapped | cudaHostRegisterPortable), "adopt",
        "cudaHostRegister");
  ranges_[begin] = {whole, users};
  void* reached = nullptr;
  check(cudaHostGetDevicePointer(&reached, data, 0), "adopt", "cudaHostGetDevicePointer");
  if (reached != data) {
    throw Error(ErrorCode::internal, "adopt", "this GPU does not share addresses with the host");
  }
  return data;
}

void HostPages::disown(std::byte* data, cudaStream_t stream) {
  for (auto found = ranges_.begin(); found != ranges_.end(); ++found) {
    if (data < found->first || data >= found->first + found->second.bytes) continue;
    if (--found->second.users > 0) return;
    cudaStreamSynchronize(stream);
    cudaHostUnregister(found->first);
    ranges_.erase(found);
    return;
  }
}

void HostPages::release_all() {
  for (const auto& [begin, range] : ranges_) cudaHostUnregister(begin);
  ranges_.clear();
}

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
  void capture(const std::vector<Step>& steps);
  void release();

  CudaBackend& backend_;
  Fault& fault_;
  cudaGraphExec_t exec_ = nullptr;
  std::vector<void*> workspaces_;
  bool must_wait_ = false;  // it touches memory of the caller, or may find bad data
};

class CudaBackend : public Backend {
 public:
  explicit CudaBackend(const CudaOptions& options);
  ~CudaBackend() override;

  BackendFacts facts() const override;
  std::byte* allocate(std::size_t bytes) override;
  void release(std::byte* data) override { cudaFree(data); }
  std::size_t capacity() const override;
  void write(std::byte* target, const std::byte* source, std::size_t bytes) override;
  void read(std::byte* target, const std::byte* source, std::size_t bytes) override;
  std::byte* adopt(std::byte* data, std::size_t bytes) override {
    return pages_.adopt(data, bytes, stream_);
  }
  void disown(std::byte* data) override { pages_.disown(data, stream_); }
  void run(const StepView& step, Fault& fault) override;
  void finish() override { wait("finish"); }
  std::unique_ptr<Replay> prepare(const std::vector<Step>& steps, Fault& fault) override {
    return std::make_unique<CudaReplay>(*this, steps, fault);
  }

 private:
  friend class CudaReplay;
  void open(int device);
  void release_all();
  static std::byte* take_workspace(void* owner, std::size_t bytes);
  const TableEntry& entry_of(const OpEntry& op);
  void wait(const char* op) { check(cudaStreamSynchronize(stream_), op, "cudaStreamSynchronize"); }
  /// After waiting: hands what a kernel reported to `fault`.
  void collect_fault(Fault& fault);

  const bool debug_;
  const Precision precision_;
  cudaDeviceProp properties_{};
  DeviceFacts facts_{};
  cudaStream_t stream_ = nullptr;
  FaultRecord* fault_ = nullptr;
  HostPages pages_;
  std::unique_ptr<Libraries> libraries_ = make_libraries();
  void* workspace_ = nullptr;
  std::size_t workspace_bytes_ = 0;
  std::map<const OpEntry*, const TableEntry*> entries_;
};

CudaBackend::CudaBackend(const CudaOptions& options)
    : debug_(options.debug), precision_(options.precision) {
  try {
    open(options.device);
  } catch (...) {
    release_all();
    throw;
  }
}

CudaBackend::~CudaBackend() { release_all(); }

void CudaBackend::open(int device) {
  check(cudaSetDevice(device), "open", "cudaSetDevice");
  check(cudaGetDeviceProperties(&properties_, device), "open", "cudaGetDeviceProperties");
  facts_ = {properties_.multiProcessorCount, properties_.sharedMemPerBlockOptin, properties_.major,
            properties_.minor};
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
  cudaStreamSynchronize(stream_);
  pages_.release_all();
  libraries_.reset();
  cudaFree(workspace_);
  cudaFreeHost(fault_);
  cudaStreamDestroy(stream_);
}

BackendFacts CudaBackend::facts() const {
  return {"cuda", text("sm_", properties_.major, properties_.minor), properties_.name, 1};
}

std::byte* CudaBackend::allocate(std::size_t bytes) {
  void* data = nullptr;
  const cudaError_t error = cudaMalloc(&data, bytes);
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();  // it is dealt with: the next call must not see it
    return nullptr;
  }
  check(error, "alloc", "cudaMalloc");
  return static_cast<std::byte*>(data);
}

std::size_t CudaBackend::capacity() const {
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "open", "cudaMemGetInfo");
  return total;
}

void CudaBackend::write(std::byte* target, const std::byte* source, std::size_t bytes) {
  check(cudaMemcpyAsync(target, source, bytes, cudaMemcpyDefault, stream_), "write",
        "cudaMemcpyAsync");
  wait("write");
}

void CudaBackend::read(std::byte* target, const std::byte* source, std::size_t bytes) {
  check(cudaMemcpyAsync(target, source, bytes, cudaMemcpyDefault, stream_), "read",
        "cudaMemcpyAsync");
  wait("read");
}

std::byte* CudaBackend::take_workspace(void* owner, std::size_t bytes) {
  auto& self = *static_cast<CudaBackend*>(owner);
  if (bytes > self.workspace_bytes_) {
    cudaFree(self.workspace_);  // waits for its users
    self.workspace_ = nullptr;
    self.workspace_bytes_ = 0;
    check(cudaMalloc(&self.workspace_, bytes), "workspace", "cudaMalloc");
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

void CudaBackend::run(const StepView& step, Fault& fault) {
  const TableEntry& entry = entry_of(*step.op);
  Launch launch{step.op->name,  stream_, fault_, &facts_, precision_,
                take_workspace, this,    libraries_.get()};
  entry.function(step.params, launch);
  if (!step.adopted && !entry.may_fault && !debug_) return;
  wait(step.op->name);
  collect_fault(fault);
}

void CudaBackend::collect_fault(Fault& fault) {
  if (fault_->state == 0) return;
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

void CudaReplay::capture(const std::vector<Step>& steps) {
  backend_.wait("capture");
  check(cudaStreamBeginCapture(backend_.stream_, cudaStreamCaptureModeRelaxed), "capture",
        "cudaStreamBeginCapture");
  cudaGraph_t graph = nullptr;
  try {
    for (const Step& step : steps) {
      const TableEntry& entry = backend_.entry_of(*step.op);
      Launch launch{step.op->name,
                    backend_.stream_,
                    backend_.fault_,
                    &backend_.facts_,
                    backend_.precision_,
                    take_workspace,
                    this,
                    backend_.libraries_.get()};
      entry.function(step.params.data(), launch);
      must_wait_ = must_wait_ || step.adopted || entry.may_fault;
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

void CudaReplay::release() {
  cudaStreamSynchronize(backend_.stream_);
  if (exec_ != nullptr) cudaGraphExecDestroy(exec_);
  for (void* workspace : workspaces_) cudaFree(workspace);
}

std::byte* CudaReplay::take_workspace(void* owner, std::size_t bytes) {
  auto& self = *static_cast<CudaReplay*>(owner);
  void* data = nullptr;
  check(cudaMalloc(&data, bytes), "workspace", "cudaMalloc");
  self.workspaces_.push_back(data);
  return static_cast<std::byte*>(data);
}

void CudaReplay::start() {
  check(cudaGraphLaunch(exec_, backend_.stream_), "replay", "cudaGraphLaunch");
}

void CudaReplay::wait() {
  backend_.wait("replay");
  backend_.collect_fault(fault_);
}

void CudaReplay::run() {
  start();
  if (must_wait_ || backend_.debug_) wait();
}

}  // namespace
}  // namespace cuda

std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options) {
  return std::make_unique<cuda::CudaBackend>(options);
}

}  // namespace carom
