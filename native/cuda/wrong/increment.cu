// increment with a mistake: it writes where no memory is. In the place of ops/increment.cu it shows that a fault of the
// GPU becomes an error that names the op, and that the process goes on (scripts/gpu-check).
#include "cuda/launch.h"
#include "ops/increment.h"

namespace carom::cuda {
namespace {

__global__ void increment_kernel(std::int32_t* counter, std::int32_t by) {
  counter[std::int64_t{1} << 46] = by;
}

}  // namespace

void increment(const IncrementParams& p, Launch& launch) {
  start(launch, 1, 1, 0, increment_kernel, p.counter, p.by);
}

}  // namespace carom::cuda
