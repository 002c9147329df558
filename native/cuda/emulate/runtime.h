// The part of CUDA's runtime and device language that the sources in cuda/ use, on the processor: one
// block after the other, the threads of a block as fibers which take turns where they wait for each
// other (fibers.h). Slow and obvious; made for tests.
//
// CAROM_EMULATED_GPUS (default 1), CAROM_EMULATED_GPU_MEMORY (bytes, default 8 GiB) and
// CAROM_EMULATED_GPU_SHARED_MEMORY (bytes of a block, default 227 KiB) say what machine it pretends to be.
//
// What it shows: the logic of kernels, their barriers and exchanges, their bounds (under a sanitizer),
// the order of work, recorded graphs. What it cannot show: races, speed, the GPU's rounding.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include "cuda/emulate/fibers.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(n) alignas(n)

#define threadIdx (::carom::emulate::here().thread)
#define blockIdx (::carom::emulate::here().block->index)
#define blockDim (::carom::emulate::here().block->size)
#define gridDim (::carom::emulate::here().block->grid)
inline constexpr int warpSize = 32;

/// Blocks run one after the other on one thread, so one copy serves all.
#define CAROM_SHARED(T, name, count) static thread_local T name[count]
#define CAROM_DYNAMIC_SHARED(T, name) \
  T* const name = reinterpret_cast<T*>(::carom::emulate::here().block->dynamic)

using carom::emulate::dim3;

struct float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline float2 make_float2(float x, float y) { return {x, y}; }

// --- in kernels

inline void __syncthreads() { carom::emulate::wait_for_block(); }
inline void __syncwarp(unsigned = 0xFFFFFFFFu) { carom::emulate::wait_for_warp(); }
inline void __threadfence() {}
inline void __threadfence_system() {}
inline int __syncthreads_or(int predicate) { return carom::emulate::block_or(predicate); }

template <class T>
T __shfl_sync(unsigned, T value, int source, int width = 32) {
  const int lane = carom::emulate::lane();
  return carom::emulate::exchange(value, (lane & ~(width - 1)) + (source & (width - 1)));
}
template <class T>
T __shfl_xor_sync(unsigned, T value, int mask, int width = 32) {
  const int lane = carom::emulate::lane(), from = lane ^ mask;
  return carom::emulate::exchange(value,
                                  (from & ~(width - 1)) == (lane & ~(width - 1)) ? from : lane);
}
template <class T>
T __shfl_down_sync(unsigned, T value, unsigned delta, int width = 32) {
  const int lane = carom::emulate::lane(), from = lane + static_cast<int>(delta);
  return carom::emulate::exchange(
      value, (lane & (width - 1)) + static_cast<int>(delta) < width ? from : lane);
}
template <class T>
T __shfl_up_sync(unsigned, T value, unsigned delta, int width = 32) {
  const int lane = carom::emulate::lane(), from = lane - static_cast<int>(delta);
  return carom::emulate::exchange(value,
                                  (lane & (width - 1)) >= static_cast<int>(delta) ? from : lane);
}
inline unsigned __ballot_sync(unsigned, int predicate) { return carom::emulate::ballot(predicate); }
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, !predicate) == 0; }

template <class T>
T atomicAdd(T* at, T value) {
  const T before = *at;
  *at = before + value;
  return before;
}
template <class T>
T atomicMax(T* at, T value) {
  const T before = *at;
  if (value > before) *at = value;
  return before;
}
template <class T>
T atomicCAS(T* at, T expected, T value) {
  const T before = *at;
  if (before == expected) *at = value;
  return before;
}
template <class T>
T atomicExch(T* at, T value) {
  const T before = *at;
  *at = value;
  return before;
}
template <class T>
T __ldg(const T* at) {
  return *at;
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((std::uint64_t{a} * b) >> 32);
}
inline int __popc(unsigned word) { return __builtin_popcount(word); }
inline int __clz(int word) { return word == 0 ? 32 : __builtin_clz(static_cast<unsigned>(word)); }
inline int __ffs(int word) { return __builtin_ffs(word); }

// --- on the host

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInsufficientDriver = 35,
  cudaErrorInvalidDeviceFunction = 98,
  cudaErrorNoDevice = 100,
  cudaErrorNoKernelImageForDevice = 209
};
enum cudaMemcpyKind {
  cudaMemcpyHostToDevice,
  cudaMemcpyDeviceToHost,
  cudaMemcpyDeviceToDevice,
  cudaMemcpyDefault
};
using cudaStream_t = struct carom_emulated_stream*;
using cudaGraph_t = struct carom_emulated_graph*;
using cudaGraphExec_t = struct carom_emulated_graph*;
using cudaEvent_t = struct carom_emulated_event*;
struct cudaFuncAttributes {
  int numRegs;
};
enum cudaStreamCaptureMode { cudaStreamCaptureModeRelaxed };
struct cudaDeviceProp {
  char name[256];
  int major, minor, multiProcessorCount;
  std::size_t totalGlobalMem, sharedMemPerBlockOptin;
};
inline constexpr unsigned cudaStreamNonBlocking = 1;
inline constexpr unsigned cudaEventDefault = 0;
inline constexpr unsigned cudaEventDisableTiming = 2;
inline constexpr unsigned cudaHostAllocMapped = 2, cudaHostAllocPortable = 1;
inline constexpr unsigned cudaHostRegisterMapped = 2, cudaHostRegisterPortable = 1;

const char* cudaGetErrorString(cudaError_t error);
const char* cudaGetErrorName(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaDriverGetVersion(int* version);
cudaError_t cudaRuntimeGetVersion(int* version);
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* facts, int device);
/// Whether the emulated GPU has code: CAROM_EMULATED_GPU_CAPABILITY (default 90) below 70 has none.
cudaError_t carom_emulated_image();
template <class Kernel>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes*, Kernel) {
  return carom_emulated_image();
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total);
cudaError_t cudaMalloc(void** data, std::size_t bytes);
cudaError_t cudaFree(void* data);
cudaError_t cudaHostAlloc(void** data, std::size_t bytes, unsigned flags);
cudaError_t cudaFreeHost(void* data);
cudaError_t cudaHostRegister(void* data, std::size_t bytes, unsigned flags);
cudaError_t cudaHostUnregister(void* data);
cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned flags);
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream);
cudaError_t cudaMemsetAsync(void* at, int value, std::size_t bytes, cudaStream_t stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph,
                                 unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec);

namespace carom::emulate {

/// Does `work` now, or keeps it for the graph when `stream` is being captured.
void submit(cudaStream_t stream, std::function<void()> work);

}  // namespace carom::emulate
