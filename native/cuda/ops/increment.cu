#include "cuda/launch.h"
#include "ops/increment.h"

namespace carom::cuda {
namespace {

__global__ void increment_kernel(std::int32_t* counter, std::int32_t by) {
  *counter = static_cast<std::int32_t>(static_cast<std::uint32_t>(*counter) +
                                       static_cast<std::uint32_t>(by));
}

}  // namespace

void increment(const IncrementParams& p, Launch& launch) {
  start(launch, 1, 1, 0, increment_kernel, p.counter, p.by);
}

}  // namespace carom::cuda
