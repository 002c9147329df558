// What the sources in cuda/ are written against: CUDA's runtime under nvcc, or, under a plain C++
// compiler with CAROM_EMULATE, an emulation of the part that they use (emulate/runtime.h), with which
// the tests run every kernel on a machine without a GPU.
#pragma once

#if defined(CAROM_EMULATE)
#include "cuda/emulate/runtime.h"
#define CAROM_DEVICE inline __attribute__((always_inline))
#define CAROM_UNROLL
#else
#include <cuda_runtime.h>
/// A function of the GPU. (CAROM_INLINE of core/team.h is one of both sides.)
#define CAROM_DEVICE __device__ __forceinline__
/// Before a loop that is to be unrolled, as one over arrays that shall lie in registers.
#define CAROM_UNROLL _Pragma("unroll")

/// Memory that the threads of a block share, of a size known when it is compiled.
#define CAROM_SHARED(T, name, count) __shared__ T name[count]
/// The memory whose size is an argument of the launch, as an array of T.
#define CAROM_DYNAMIC_SHARED(T, name)                                   \
  extern __shared__ __align__(16) unsigned char carom_dynamic_shared[]; \
  T* const name = reinterpret_cast<T*>(carom_dynamic_shared)
#endif
