/*
 * CUDA's language for a plain C++ compiler. Blocks run one after the other. The threads of a block run one
 * after the other too (`launch`), or each in a thread of its own (`launch_lanes`), where the lanes of a warp
 * wait for each other at __syncwarp. A warp has four lanes here.
 */
#include <barrier>
#include <math.h>
#include <memory>
#include <stdio.h>
#include <stdlib.h>
#include <thread>
#include <vector>

#define __device__
#define __global__
#define __shared__ static
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(threads)
#define __syncthreads() abort() /* kernels that need it are not run here */
#define __syncwarp() emulated_sync()
#define CAROM_LANES 4

struct CaromIndex {
  unsigned x;
};
static thread_local CaromIndex blockIdx, blockDim, threadIdx;
static std::vector<std::unique_ptr<std::barrier<>>> emulated_warps;

static void emulated_sync() { emulated_warps[threadIdx.x / CAROM_LANES]->arrive_and_wait(); }

/* kernel<<<blocks, threads>>>(argument), for kernels whose threads share nothing */
template <class Kernel, class Argument>
static void launch(Kernel kernel, unsigned blocks, unsigned threads, const Argument& argument) {
  blockDim.x = threads;
  for (blockIdx.x = 0; blockIdx.x < blocks; blockIdx.x++) {
    for (threadIdx.x = 0; threadIdx.x < threads; threadIdx.x++) kernel(argument);
  }
}

/* The same for kernels whose lanes work together. */
template <class Kernel, class Argument>
static void launch_lanes(Kernel kernel, unsigned blocks, unsigned threads, const Argument& argument) {
  emulated_warps.clear();
  for (unsigned warp = 0; warp < threads / CAROM_LANES; warp++) {
    emulated_warps.push_back(std::make_unique<std::barrier<>>(CAROM_LANES));
  }
  for (unsigned block = 0; block < blocks; block++) {
    std::vector<std::thread> lanes;
    for (unsigned thread = 0; thread < threads; thread++) {
      lanes.emplace_back([&argument, kernel, block, thread, threads] {
        blockIdx.x = block;
        blockDim.x = threads;
        threadIdx.x = thread;
        kernel(argument);
      });
    }
    for (std::thread& lane : lanes) lane.join();
  }
}
