#include "ops/custom_kernel.h"

#include "cuda/launch.h"
#if defined(CAROM_EMULATE)
#include "cuda/emulate/compile.h"
#endif

namespace carom::cuda {

void custom_kernel(const CustomKernelParams& p, Launch& launch) {
  if (p.blocks == 0) return;
#if defined(CAROM_EMULATE)
  if (launch.rehearsal) return;
  emulate::submit(launch.stream, [p] {
    emulate::run_compiled(p.kernel, p.blocks, p.threads, p.shared_bytes, p.members);
  });
#else
  if (launch.rehearsal) {
    cudaFuncAttributes attributes{};  // which has it loaded
    return check(cudaFuncGetAttributes(&attributes, p.kernel), launch.op, "cudaFuncGetAttributes");
  }
  std::uint64_t members[kMaxKernelMembers];
  std::copy(p.members, p.members + p.count, members);
  void* arguments[] = {members};
  check(cudaLaunchKernel(p.kernel, p.blocks, p.threads, arguments, p.shared_bytes, launch.stream),
        launch.op, "cudaLaunchKernel");
#endif
}

}  // namespace carom::cuda
