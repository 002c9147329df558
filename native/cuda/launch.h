// Launch: what an op's function in cuda/ops has to work with, and how it starts kernels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cuda/check.h"
#include "cuda/runtime.h"
#include "ops/plan.h"
#include "program/cuda_entry.h"

namespace carom::cuda {

/// Where a kernel reports bad data. It lies in memory of the host that the GPU reaches.
struct FaultRecord {
  int state;  // 0: none, 1: being written, 2: whole
  const char* op;
  std::int64_t position, value, limit;
};

/// Of the GPU.
struct DeviceFacts {
  int multiprocessors;
  std::size_t shared_bytes;  // of one block, at most
  int major, minor;          // compute capability
};

class Libraries;  // libraries/libraries.h

/// One call of an op: everything it starts goes to `stream`, in order.
struct Launch {
  const char* op;
  cudaStream_t stream;
  FaultRecord* fault;  // as the GPU sees it
  const DeviceFacts* device;
  Precision precision;
  /// Work space of this call, at a multiple of 256 bytes; what was in it is lost. Once per call.
  std::byte* (*take_workspace)(void* owner, std::size_t bytes);
  void* owner;
  Libraries* libraries = nullptr;  // null: our kernels alone
  /// Nothing is to be started: what a call loads and how much work space it wants is found out.
  bool rehearsal = false;

  std::byte* workspace(std::size_t bytes) { return take_workspace(owner, bytes); }
};

/// Brings a kernel to the GPU, where it has not been yet: that may not happen while a graph is captured.
template <class... Params>
void load_kernel(Launch& launch, void (*kernel)(Params...)) {
  cudaFuncAttributes attributes{};
  check(cudaFuncGetAttributes(&attributes, kernel), launch.op, "cudaFuncGetAttributes");
}

/// Copies on the GPU.
inline void start_copy(Launch& launch, void* to, const void* from, std::size_t bytes) {
  if (launch.rehearsal) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, launch.stream), launch.op,
        "cudaMemcpyAsync");
}

/// Starts kernel(args...) on `grid` blocks of `block` threads, with `shared` bytes of dynamic shared
/// memory. Nothing happens for an empty grid.
template <class... Params, class... Args>
void start(Launch& launch, dim3 grid, dim3 block, std::size_t shared, void (*kernel)(Params...),
           Args... args) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  if (launch.rehearsal) return load_kernel(launch, kernel);
#if defined(CAROM_EMULATE)
  emulate::submit(launch.stream, [=] {
    emulate::run_grid(grid, block, shared, [&] { kernel(static_cast<Params>(args)...); });
  });
#else
  if (shared > 48 * 1024) {
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(shared)),
          launch.op, "cudaFuncSetAttribute");
  }
  const auto with_exact_types = [&](Params... exact) {
    void* list[] = {static_cast<void*>(&exact)..., nullptr};
    return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid, block, list, shared,
                            launch.stream);
  };
  check(with_exact_types(static_cast<Params>(args)...), launch.op, "cudaLaunchKernel");
#endif
}

inline constexpr int kThreads = 256;

/// Blocks of kThreads for `count` items, `per_thread` for each thread; kernels loop over the rest.
inline unsigned blocks_for(std::int64_t count, std::int64_t per_thread = 1) {
  const std::int64_t items = kThreads * per_thread;
  return static_cast<unsigned>(std::min<std::int64_t>((count + items - 1) / items, 1 << 20));
}

/// This thread's number in the grid, and how many there are, of one-dimensional grids.
CAROM_DEVICE std::int64_t global_index() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
CAROM_DEVICE std::int64_t global_count() {
  return static_cast<std::int64_t>(gridDim.x) * blockDim.x;
}

/// As carom::Fault::raise.
CAROM_DEVICE void raise_fault(FaultRecord* fault, const char* op, std::int64_t position,
                              std::int64_t value, std::int64_t limit) {
  if (atomicCAS(&fault->state, 0, 1) != 0) return;
  fault->op = op;
  fault->position = position;
  fault->value = value;
  fault->limit = limit;
  __threadfence_system();
  fault->state = 2;
}

}  // namespace carom::cuda
