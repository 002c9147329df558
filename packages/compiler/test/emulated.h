/*
 * CUDA's language for a plain C++ compiler: blocks one after the other, their threads too. Enough for the
 * generated kernels, whose threads share nothing when a warp has one lane.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define __device__
#define __global__
#define __shared__ static
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(threads)
#define __syncwarp() ((void)0)
#define CAROM_LANES 1

struct CaromIndex {
  unsigned x;
};
static CaromIndex blockIdx, blockDim, threadIdx;

/* kernel<<<blocks, threads>>>(argument) */
template <class Kernel, class Argument>
static void launch(Kernel kernel, unsigned blocks, unsigned threads, const Argument& argument) {
  blockDim.x = threads;
  for (blockIdx.x = 0; blockIdx.x < blocks; blockIdx.x++) {
    for (threadIdx.x = 0; threadIdx.x < threads; threadIdx.x++) kernel(argument);
  }
}
