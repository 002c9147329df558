#include "cuda/emulate/runtime.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <unordered_map>
#include <vector>

struct carom_emulated_graph {
  std::vector<std::function<void()>> work;
};
struct carom_emulated_event {
  std::chrono::steady_clock::time_point at;
};
struct carom_emulated_stream {
  int device;
  carom_emulated_graph* capturing = nullptr;
};

namespace {

/// As in CUDA, each thread has a GPU of its own choice, which is 0 until it chooses.
thread_local int current_device = 0;

/// Work may go only to a stream of the thread's GPU.
void require_current(cudaStream_t stream) {
  if (stream->device == current_device) return;
  throw std::logic_error("emulated GPU: the stream is of another GPU than the thread's");
}

}  // namespace

namespace carom::emulate {

void submit(cudaStream_t stream, std::function<void()> work) {
  require_current(stream);
  if (stream->capturing != nullptr) stream->capturing->work.push_back(std::move(work));
  else work();
}

}  // namespace carom::emulate

namespace {

std::size_t setting(const char* name, std::size_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

/// The memory of the GPUs, which all threads share.
class Memory {
 public:
  void* take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (used_[current_device] + bytes > total()) return nullptr;
    void* data = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    if (data == nullptr) return nullptr;
    blocks_[data] = {current_device, bytes};
    used_[current_device] += bytes;
    return data;
  }
  void give(void* data) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(data);
    if (found == blocks_.end()) return;
    used_[found->second.device] -= found->second.bytes;
    blocks_.erase(found);
    std::free(data);
  }
  static std::size_t total() {
    return setting("CAROM_EMULATED_GPU_MEMORY", std::size_t{8} << 30);
  }
  std::size_t free() {
    const std::lock_guard lock(mutex_);
    return total() - used_[current_device];
  }

 private:
  struct Block {
    int device;
    std::size_t bytes;
  };
  std::mutex mutex_;
  std::unordered_map<void*, Block> blocks_;
  std::unordered_map<int, std::size_t> used_;  // by GPU
};

Memory memory;
constexpr int kRuntime = 13000;

int capability() { return static_cast<int>(setting("CAROM_EMULATED_GPU_CAPABILITY", 90)); }

}  // namespace

const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorMemoryAllocation ? "out of memory" : "no error";
}
const char* cudaGetErrorName(cudaError_t error) {
  return error == cudaErrorMemoryAllocation ? "cudaErrorMemoryAllocation" : "cudaSuccess";
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = kRuntime;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = static_cast<int>(setting("CAROM_EMULATED_DRIVER", kRuntime));
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  *count = driver < kRuntime ? 0 : static_cast<int>(setting("CAROM_EMULATED_GPUS", 1));
  if (driver < kRuntime) return cudaErrorInsufficientDriver;
  return *count > 0 ? cudaSuccess : cudaErrorNoDevice;
}
cudaError_t cudaSetDevice(int device) {
  current_device = device;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* facts, int) {
  *facts = {};
  std::snprintf(facts->name, sizeof facts->name, "emulated GPU");
  facts->major = capability() / 10;
  facts->minor = capability() % 10;
  facts->multiProcessorCount = 4;
  facts->totalGlobalMem = Memory::total();
  facts->sharedMemPerBlockOptin = setting("CAROM_EMULATED_GPU_SHARED_MEMORY", 227 * 1024);
  return cudaSuccess;
}
cudaError_t carom_emulated_image() {
  return capability() < 70 ? cudaErrorNoKernelImageForDevice : cudaSuccess;
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *free = memory.free();
  *total = Memory::total();
  return cudaSuccess;
}

// Fresh memory holds NaNs, so that what reads it before it was written shows.
cudaError_t cudaMalloc(void** data, std::size_t bytes) {
  *data = memory.take(bytes);
  if (*data == nullptr) return cudaErrorMemoryAllocation;
  std::memset(*data, 0xFF, bytes);
  return cudaSuccess;
}
cudaError_t cudaFree(void* data) {
  memory.give(data);
  return cudaSuccess;
}
cudaError_t cudaHostAlloc(void** data, std::size_t bytes, unsigned) {
  *data = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  return *data != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}
cudaError_t cudaFreeHost(void* data) {
  std::free(data);
  return cudaSuccess;
}
cudaError_t cudaHostRegister(void*, std::size_t, unsigned) { return cudaSuccess; }
cudaError_t cudaHostUnregister(void*) { return cudaSuccess; }
cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned) {
  *device = host;
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind,
                            cudaStream_t stream) {
  carom::emulate::submit(stream, [=] { std::memmove(to, from, bytes); });
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* at, int value, std::size_t bytes, cudaStream_t stream) {
  carom::emulate::submit(stream, [=] { std::memset(at, value, bytes); });
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new carom_emulated_stream{current_device};
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new carom_emulated_event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  require_current(stream);
  event->at = std::chrono::steady_clock::now();
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
  *milliseconds = std::chrono::duration<float, std::milli>(to->at - from->at).count();
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->capturing = new carom_emulated_graph();
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = stream->capturing;
  stream->capturing = nullptr;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  *exec = new carom_emulated_graph(*graph);
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  require_current(stream);
  for (const auto& work : exec->work) work();
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  delete exec;
  return cudaSuccess;
}
