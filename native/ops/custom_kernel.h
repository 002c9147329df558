// customKernel: a kernel that was compiled at run time (Backend::compile) and takes one struct by value,
// all members of which have 8 bytes: where operands begin, and numbers.
//
//   inputs, outputs: any, dense; the kernel may write all of them
//   parameters: [kernel, blocks, threads, shared bytes, then for each member of the struct a kind and a
//   value: 0 an int64, 1 the input of this number, 2 the output of this number, 3 a double]
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"
#include "ops/registry.h"

namespace carom {

inline constexpr int kMaxKernelMembers = 48;

struct CustomKernelParams {
  const void* kernel;  // as KernelModule::find gave it
  unsigned blocks, threads;
  std::size_t shared_bytes;
  int count;  // of members
  std::uint64_t members[kMaxKernelMembers];
};

/// What stands for it in recordings: it is no op of the registry, since its kernel is known to an engine
/// only.
const OpEntry& custom_kernel_entry();

/// The number of the kernel that a call names; it must be one of `count`.
std::size_t custom_kernel_number(const Call& call, std::size_t count);

CustomKernelParams make_custom_kernel(const Call& call, Plan& plan, const void* kernel);

namespace cuda {
void custom_kernel(const CustomKernelParams&, Launch&);
}

}  // namespace carom
